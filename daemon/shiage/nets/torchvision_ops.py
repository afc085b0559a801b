"""Make torchvision importable where its compiled operators are missing beside a CPU build of torch.

Some wheels of torchvision are built for CUDA only and fail at import next to a CPU torch ("operator torchvision::nms
does not exist"). ultralytics and diffusers import torchvision; of its operators they need only non-maximum suppression,
given here in plain torch. Where the compiled operators load, nothing is changed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from torch import Tensor

_library: Any = None  # keeps the registration alive


@cache
def mend() -> bool:
    """Import torchvision, with stand-ins for its operators if need be; True where they were needed."""
    global _library  # noqa: PLW0603 - torch drops a registration when its Library object goes
    import torch

    try:
        import torchvision
    except (RuntimeError, AttributeError) as error:
        if "torchvision" not in str(error):
            raise
        _forget("torchvision")
    else:
        if torchvision.extension._has_ops():
            return False
    _library = cast(Any, torch.library.Library)("torchvision", "DEF")
    for name in ("nms", "qnms"):
        _library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _library.impl(name, non_maximum_suppression, "CPU")
    import torchvision.extension

    torchvision.extension._has_ops = lambda: True
    return True


def non_maximum_suppression(dets: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Indices (K,) int64 of the boxes that stay, best score first.

    dets: (N, 4) x0, y0, x1, y1. scores: (N,). A box goes where it overlaps a better one by more than ``iou_threshold``
    (intersection over union, 0..1).
    """
    import torch

    boxes = dets.float()
    order = scores.argsort(descending=True, stable=True)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        low = torch.maximum(boxes[rest, :2], boxes[best, :2])
        high = torch.minimum(boxes[rest, 2:], boxes[best, 2:])
        shared = (high - low).clamp(min=0).prod(1)
        overlap = shared / (area[rest] + area[best] - shared).clamp(min=1e-9)
        order = rest[overlap <= iou_threshold]
    return torch.stack(kept) if kept else torch.zeros(0, dtype=torch.int64, device=dets.device)


def _forget(package: str) -> None:
    """Drop a half-imported package, so that it can be imported again."""
    import sys

    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]
