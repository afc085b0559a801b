"""One character's own classifier: an ultralytics network that learns its drawings from those of the others."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..look import Look

ARCHITECTURE = "yolo11n-cls.yaml"
SIDE = 160  # pixels of the square that it is given
_NAMES = {0: "other", 1: "own"}
_EACH = 320  # pictures of either kind
_TRUST = 0.3  # of the certainty, as log odds, comes from it: it has seen few drawings and no other side
_BOUND = 0.02  # it is never surer than this

Picture = npt.NDArray[np.uint8]


class Tuned:
    """A character's classifier."""

    def __init__(self, net: Any) -> None:
        self.net = net

    @classmethod
    def load(cls, path: Path) -> Tuned:
        """From the file that `tune` wrote; MissingWeights where it is damaged."""
        from ..public.yolo import build_yolo

        return cls(build_yolo(ARCHITECTURE, _NAMES, path).model)

    def share(self, look: Look) -> float:
        """0..1 that a figure is its character."""
        import torch

        picture = torch.from_numpy(square(look, painted=look.painted)).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            found = self.net(torch.cat([picture, picture.flip(3)]))
        shares = found[0] if isinstance(found, tuple) else found
        return float(shares[:, 1].mean())


def agreed(certainty: float, share: float) -> float:
    """The certainty 0..1 of a name once its character's own classifier has been heard."""
    odds = [np.log(p / (1 - p)) for p in np.clip((certainty, share), (1e-4, _BOUND), (1 - 1e-4, 1 - _BOUND))]
    return float(1 / (1 + np.exp(-((1 - _TRUST) * odds[0] + _TRUST * odds[1]))))


def tune(
    own: Sequence[Look],
    others: Sequence[Look],
    out: Path,
    *,
    epochs: int = 10,
    pictures: int = _EACH,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
) -> None:
    """Train a classifier from scratch on pictures varied from looks of the character and of others; write it to `out`
    as safetensors in half precision."""

    from ..public.yolo import import_yolo
    from ..weights import keep_tensors

    rng = np.random.default_rng(seed)
    yolo = import_yolo()(ARCHITECTURE, task="classify")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, looks in ((_NAMES[1], own), (_NAMES[0], others)):
            _write(folder, name, looks, pictures, rng)

        def told(trainer: Any) -> None:
            check()
            progress((trainer.epoch + 1) / trainer.epochs, "training")

        yolo.add_callback("on_train_epoch_end", told)
        yolo.add_callback("on_train_batch_end", lambda _: check())
        logging.getLogger("ultralytics").setLevel(logging.WARNING)
        yolo.train(
            data=str(folder),
            epochs=epochs,
            imgsz=SIDE,
            batch=16,
            nbs=16,
            workers=0,  # worker processes dead-lock beside OpenCV's threads on the CPU
            amp=False,  # its check would fetch a network
            pretrained=False,
            plots=False,
            val=False,
            optimizer="AdamW",
            lr0=1e-3,
            warmup_epochs=1,
            seed=seed,
            project=str(folder),
            name="run",
            exist_ok=True,
            auto_augment=None,
            scale=0.2,
            hsv_h=0.0,  # the colours are the costume's
            hsv_s=0.2,
            hsv_v=0.2,
            erasing=0.2,
        )
        trained: Any = yolo.trainer
        tensors = trained.ema.ema.state_dict()
    keep_tensors(tensors, out)


def square(look: Look, *, painted: bool) -> Picture:
    """(SIDE, SIDE, 3) uint8 RGB: the figure on white, with its colours or as ink."""
    if painted:
        cover = look.planes[:, :, 1:2].astype(np.uint16)
        drawn = np.clip(look.planes[:, :, 2:] + (255 - cover), 0, 255).astype(np.uint8)
    else:
        drawn = np.repeat(255 - look.planes[:, :, :1], 3, axis=2)
    height, width = drawn.shape[:2]
    page = np.full((height, height, 3), 255, np.uint8)
    left = (height - width) // 2
    page[:, left : left + width] = drawn
    return np.asarray(cv2.resize(page, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _write(folder: Path, name: str, looks: Sequence[Look], count: int, rng: np.random.Generator) -> None:
    """`count` pictures, most to train on: turned, wider or narrower, moved, with their colours or as lines."""
    for number in range(count):
        look = looks[number % len(looks)]
        picture = square(look, painted=look.painted and rng.random() < 0.5)
        wide, turn = float(rng.uniform(0.75, 1.2)), float(np.radians(rng.normal(0, 4)))
        matrix = np.array([[wide * np.cos(turn), -np.sin(turn), 0], [wide * np.sin(turn), np.cos(turn), 0]])
        matrix[:, 2] = SIDE / 2 - matrix[:, :2] @ (SIDE / 2, SIDE / 2) + rng.normal(0, 3, 2)
        moved = cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderValue=(255, 255, 255))
        place = folder / ("val" if number % 10 == 0 else "train") / name
        place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / f"{number}.png"), cv2.cvtColor(moved, cv2.COLOR_RGB2BGR))
