"""Diffusion pipelines from a folder, through diffusers: safetensors only, no code of the folder's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...errors import MissingWeights

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline


def load_pipeline(folder: Path) -> DiffusionPipeline:
    """The pipeline whose files lie in ``folder``. MissingWeights where they are not whole or want code of their own."""
    from ..torchvision_ops import mend

    if not (folder / "model_index.json").is_file():
        raise MissingWeights("There is no pipeline in this folder.", where=str(folder))
    mend()
    from diffusers import DiffusionPipeline

    try:
        load = cast(Any, DiffusionPipeline).from_pretrained
        return cast("DiffusionPipeline", load(str(folder), local_files_only=True, use_safetensors=True))
    except Exception as error:  # diffusers, transformers and safetensors each raise their own for a damaged file
        reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        raise MissingWeights(
            f"The pipeline can't be loaded: {reason}.", where=str(folder), hint="Fetch it again."
        ) from error
