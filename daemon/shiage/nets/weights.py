"""Tensors from files, safely: safetensors, or a torch file of plain tensors. Nothing that runs code when it is read."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MissingWeights
from . import zoo

if TYPE_CHECKING:
    from torch import Tensor, nn


def shipped(name: str) -> Path:
    """The file of one of Shiage's own networks, intact; MissingWeights where it is not."""
    return zoo.intact(zoo.entry(name))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Tensors by name from a ``.safetensors`` file or a torch file, on the CPU.

    MissingWeights where the file is absent, truncated, or holds anything but tensors: a torch file is read with
    ``weights_only=True``, so that a pickle which would run code is refused.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return _tensors_only(read_torch(path), path)
    except MissingWeights:
        raise
    except FileNotFoundError as error:
        raise MissingWeights("The weights are not here.", where=str(path)) from error
    except Exception as error:  # safetensors has an exception class of its own that derives from Exception alone
        raise _damaged(path, error) from error


def read_notes(path: Path) -> dict[str, str]:
    """The text notes in a ``.safetensors`` file's head; MissingWeights where it is not one."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from error


def read_torch(path: Path, allowed: list[Any] | None = None) -> Any:
    """What a torch file holds: tensors, plain containers, objects of ``allowed`` classes; MissingWeights else."""
    import torch

    try:
        with torch.serialization.safe_globals(allowed or []):
            return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise MissingWeights("The weights are not here.", where=str(path)) from error
    except pickle.UnpicklingError as error:
        if "Unsupported" in str(error) or "GLOBAL" in str(error):
            raise MissingWeights(
                "This file holds more than weights: reading it would run code of others.",
                where=str(path),
                hint="Save the weights alone, as safetensors.",
            ) from error
        raise _damaged(path, error) from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error


def fill(net: nn.Module, tensors: dict[str, Tensor], where: Path) -> None:
    """Put tensors of any precision into a network; MissingWeights where they are another network's."""
    try:
        net.load_state_dict(tensors)  # copies into float32 parameters, whatever the file's precision
    except RuntimeError as error:
        raise MissingWeights(
            "These weights belong to another network or another version of it.",
            where=str(where),
            hint="Take the weights and Shiage from one version.",
        ) from error


def halved(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors in half precision, to be kept; what that can't hold (a variance in the tens of thousands) as it is."""
    return {name: _half(value).contiguous().cpu() for name, value in tensors.items()}


def _half(value: Tensor) -> Tensor:
    half = value.half() if value.is_floating_point() else value
    return half if bool(half.isfinite().all()) else value


def keep_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write tensors to a ``.safetensors`` file, :func:`halved`, whole or not at all."""
    from safetensors.torch import save_file

    part = path.with_suffix(".part")
    save_file(halved(tensors), part)
    part.replace(path)


def _tensors_only(stored: Any, path: Path) -> dict[str, Tensor]:
    import torch

    if isinstance(stored, dict) and len(stored) == 1 and isinstance(next(iter(stored.values())), dict):
        stored = next(iter(stored.values()))  # {"params_ema": {...}} and its kin
    if not isinstance(stored, dict) or not all(isinstance(value, torch.Tensor) for value in stored.values()):
        raise MissingWeights("This file holds something else than named tensors.", where=str(path))
    return dict(stored)


def _damaged(path: Path, error: Exception) -> MissingWeights:
    reason = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
    return MissingWeights(
        f"The weights are damaged or cut off ({reason}).",
        where=str(path),
        hint="Fetch them again; `shiage models verify` tells which are intact.",
    )
