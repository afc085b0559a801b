"""Single-picture restorers and upscalers, through spandrel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import MissingWeights, NotReady
from ..weights import read_tensors

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor


def load_upscaler(path: Path) -> ImageModelDescriptor:
    """The network of a checkpoint, its architecture told from its tensors.

    MissingWeights where the file is damaged, holds code, or is of no architecture that spandrel knows; NotReady where
    spandrel is not installed.
    """
    from ..torchvision_ops import mend

    mend()
    try:
        from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
    except ImportError as error:
        raise NotReady("Upscalers need spandrel.", hint="Install shiage[upscale].") from error
    try:
        model = ModelLoader().load_from_state_dict(read_tensors(path))
    except UnsupportedModelError as error:
        raise MissingWeights("No upscaler of a known kind is in this file.", where=str(path)) from error
    if not isinstance(model, ImageModelDescriptor):
        raise MissingWeights("This network fills holes; it does not enlarge pictures.", where=str(path))
    return model.eval()


def upscale(model: ImageModelDescriptor, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB -> (sH, sW, 3), s = ``model.scale``."""
    import torch

    with torch.inference_mode():
        picture = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 255
        larger = model(picture)[0].clamp(0, 1).permute(1, 2, 0)
        return np.asarray((larger * 255).round().to(torch.uint8).numpy(), np.uint8)
