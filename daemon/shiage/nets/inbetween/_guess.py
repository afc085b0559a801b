"""Networks as what finds a frame between where areas can't be followed:
:class:`~shiage.craft.between.frame.Guesser`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shiage.craft.between.flow import Ways
from shiage.craft.between.frame import Guess, Guesser
from shiage.errors import MissingWeights

if TYPE_CHECKING:
    from torch import Tensor, nn

NAME = "inbetween"  # in the zoo
PUBLIC = ("dain", "rife", "film")  # there too, and as methods
# Memory that they take a pixel: measured at 960 x 540; DAIN's is reckoned from its widest tensors.
_BYTES = {"rife": 520, "film": 5400, "dain": 9000}

Floats = npt.NDArray[np.float32]
Led = tuple[tuple[Floats, Floats], tuple[Floats, Floats]]


class OwnGuesser:
    """Shiage's own network; where areas were followed, it starts from their motion."""

    bytes_a_pixel = 1150  # measured: 1030 at 2 megapixels, 1130 at 1, of which malloc holds a third in pieces

    def __init__(self, net: Any, device: str = "cpu") -> None:
        self._net, self._device = net, device

    @classmethod
    def load(cls, weights: Path | None = None, device: str = "cpu") -> OwnGuesser:
        """With the weights that ship, or those of a file. MissingWeights where they are absent or not intact."""
        from ..weights import fill, read_tensors, shipped
        from ._model import InbetweenNet

        path = weights or shipped(NAME)
        net = InbetweenNet()
        fill(net, read_tensors(path), path)
        return cls(net.eval().to(device), device)

    def __call__(self, a: Floats, b: Floats, led: Led | None) -> Callable[[float], Guess]:
        import torch

        from ._model import STEP, Guide

        size = a.shape[:2]
        with torch.inference_mode():
            first, second = (_padded(_tensor(key) / 255, STEP).to(self._device) for key in (a, b))
            guides = None
            if led is not None:
                made = [
                    Guide(*(_padded(_tensor(f), STEP).to(self._device) for f in (flow, s[..., None])))
                    for flow, s in led
                ]
                guides = made[0], made[1]
            motion = self._net.motion(first, second, guides)

        def at(t: float) -> Guess:
            with torch.inference_mode():
                found = self._net.between(first, second, motion, t)
            ways = Ways(_array(found.to_first, size), _array(found.to_second, size), _array(found.share, size)[..., 0])
            return Guess(ways, _array(found.frame, size) * np.float32(255))

        return at


class PublicGuesser:
    """A network of others: frames in, the frame and its flow to both out."""

    def __init__(self, net: nn.Module, step: int, device: str = "cpu", bytes_a_pixel: int = 9000) -> None:
        self._net, self._step, self._device = net, step, device
        self.bytes_a_pixel = bytes_a_pixel

    @classmethod
    def load(cls, kind: str, weights: Path, device: str = "cpu") -> PublicGuesser:
        """A ``dain``, ``rife`` or ``film`` checkpoint.

        MissingWeights where the file is damaged or another network's.
        """
        import importlib

        from ..weights import fill, read_tensors

        module = importlib.import_module(f"shiage.nets.public.{kind}")
        net = getattr(module, kind.capitalize())()
        tensors = {name.removeprefix("module."): value for name, value in read_tensors(weights).items()}
        for name, value in net.state_dict().items():
            if name.endswith("num_batches_tracked"):
                tensors.setdefault(name, value)  # of no use here, and older files lack it
        tensors = {n: v for n, v in tensors.items() if not n.startswith(("teacher.", "caltime."))}  # of training alone
        fill(net, tensors, weights)
        return cls(net.eval().to(device), module.STEP, device, _BYTES[kind])

    def __call__(self, a: Floats, b: Floats, led: Led | None) -> Callable[[float], Guess]:
        import torch

        size = a.shape[:2]
        first, second = (_padded(_tensor(key) / 255, self._step).to(self._device) for key in (a, b))

        def at(t: float) -> Guess:
            with torch.inference_mode():
                frame, to_first, to_second = self._net(first, second, [t])[0]
            share = np.full(size, t, np.float32)
            return Guess(
                Ways(_array(to_first, size), _array(to_second, size), share), _array(frame, size) * np.float32(255)
            )

        return at


def guesser(method: str) -> Guesser | None:
    """The network of a method's name, from the process's cache; None where it needs none.

    MissingWeights where a public one was not fetched, or is not intact.
    """
    import torch

    from ..cache import CACHE, module_bytes
    from ..zoo import entry, intact, is_here

    if method == "areas":
        return None
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if method in PUBLIC:
        item = entry(method)
        if not is_here(item):
            raise MissingWeights(
                f"The weights of '{method}' are not here.", where=str(item.path()),
                hint=f"Bring a checkpoint that you have with `shiage models pull {method} --from FILE --sha256 HASH`.",
            )  # fmt: skip
        return CACHE.get(
            method, lambda: PublicGuesser.load(method, intact(item), device), lambda made: module_bytes(made._net)
        )
    return CACHE.get(NAME, lambda: OwnGuesser.load(device=device), lambda made: module_bytes(made._net))


def _tensor(field: Floats) -> Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(field.transpose(2, 0, 1)))[None]


def _padded(field: Tensor, step: int) -> Tensor:
    from torch.nn.functional import pad

    height, width = field.shape[-2:]
    right, below = -width % step, -height % step
    return pad(field, (0, right, 0, below), mode="replicate") if right or below else field


def _array(field: Tensor, size: tuple[int, int]) -> Floats:
    whole = field[0, :, : size[0], : size[1]].float().permute(1, 2, 0).cpu().numpy()
    return np.ascontiguousarray(whole, np.float32)
