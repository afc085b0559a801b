"""YOLO networks, through ultralytics, kept off the network and off unpickled code."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import MissingWeights
from ..weights import fill, read_tensors, read_torch

if TYPE_CHECKING:
    from ultralytics.models.yolo.model import YOLO


_TASKS = {"-seg": "segment", "-cls": "classify"}  # by the end of an architecture's name


def import_yolo() -> type[YOLO]:
    """The YOLO class, with ultralytics told to fetch and install nothing and torch's threads left as they were."""
    import torch

    from ..torchvision_ops import mend

    threads = torch.get_num_threads()
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    if "YOLO_CONFIG_DIR" not in os.environ:
        from ...client.home import data_home

        os.environ["YOLO_CONFIG_DIR"] = str(data_home() / "ultralytics")
    mend()
    from ultralytics.models.yolo.model import YOLO

    torch.set_num_threads(threads)
    return YOLO


def load_yolo(path: Path) -> YOLO:
    """The network of an ultralytics ``.pt`` file, whose layers must all be ultralytics' and torch's own classes.

    MissingWeights where the file is damaged or names any other class.
    """
    cls = import_yolo()
    stored = read_torch(path, allowed=_layers())
    if not isinstance(stored, dict) or (stored.get("ema") is None and stored.get("model") is None):
        raise MissingWeights("This is not a YOLO checkpoint.", where=str(path))
    model = (stored.get("ema") or stored["model"]).float().eval()
    return _around(cls, model)


def build_yolo(architecture: str, names: dict[int, str], weights: Path | None = None) -> YOLO:
    """A network of an ultralytics architecture (``yolov8n-seg.yaml``) for these classes, with its tensors if given."""
    cls = import_yolo()
    task = next((task for ending, task in _TASKS.items() if ending in architecture), None)
    model: Any = cls(architecture, task=task).model
    fresh = type(model)(model.yaml, nc=len(names), verbose=False)
    fresh.names = names
    if weights is not None:
        fill(fresh, read_tensors(weights), weights)
    return _around(cls, fresh.eval())


def _around(cls: type[YOLO], model: Any) -> YOLO:
    yaml = dict(model.yaml)
    kinds = {"SegmentationModel": "segment", "ClassificationModel": "classify"}
    task = kinds.get(type(model).__name__, "detect")
    shell = cls(Path(str(yaml.get("yaml_file") or "yolov8n-seg.yaml")).name, task=task)
    shell.model = model
    shell.overrides["task"] = task
    shell.task = task
    return shell


def _layers() -> list[Any]:
    """The classes that a checkpoint may name: layers of torch and ultralytics, and the models themselves."""
    import torch
    from ultralytics.nn import modules, tasks
    from ultralytics.utils import IterableSimpleNamespace

    found: list[Any] = [IterableSimpleNamespace, set]
    places = [torch.nn.modules, tasks, *(getattr(modules, name) for name in ("block", "conv", "head", "transformer"))]
    for place in places:
        found += [
            member for _, member in inspect.getmembers(place, inspect.isclass) if issubclass(member, torch.nn.Module)
        ]
    return found
