"""A style of one's own: the networks fitted to one coloured page or a few, as a conditional GAN on augmented crops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shiage.craft.line_art import line_art
from shiage.errors import BadInput

from ._examples import Example, example

EPOCHS = 100
COLOURS = 0.02  # weight of the number of colours
CROPS = 24  # of all pages together; each is varied again in every epoch
TURN = 15.0  # degrees to either side, as in the comic-colorization seed
_RATE = 4e-4
_BATCH, _SIDE = 8, 128
_BARE = 0.45  # of the crops are learned without any colour on offer: then the style is all there is to go by
_CRITIC = 0.15  # of the epochs pass before the critic is heard
_KEPT = 5  # epochs between two states on disk

Picture = NDArray[np.uint8]


def train_style(
    pages: Sequence[Picture],
    folder: Path,
    *,
    epochs: int = EPOCHS,
    crops: int = CROPS,
    colours: float = COLOURS,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
) -> None:
    """Fit the shipped networks to coloured pages, (H, W, 3) uint8 each; writes folder/style.safetensors when done.

    colours: the weight of the number of colours in the loss; more of it makes pictures of fewer colours. Goes on from
    folder/state.pt where an earlier run was stopped. BadInput where no page has lines.
    """
    import torch

    from ..weights import fill, keep_tensors, read_tensors, shipped
    from ._batches import collect
    from ._colourist import NAME
    from ._gan import Gan, TwoStages

    progress(0.0, "looking")
    examples = cut(pages, crops, seed, check)
    torch.manual_seed(seed)
    net = TwoStages()
    fill(net, read_tensors(shipped(NAME)), shipped(NAME))
    gan = Gan(net, {"colours": colours, "perceptual": 0.4, "critic": 0.05})
    done = _resume(gan, folder / "state.pt")
    for epoch in range(done, epochs):
        rng = np.random.default_rng((seed, epoch))
        order = rng.permutation(len(examples))
        rate = _RATE * min(1.0, (epoch + 1) / 4) * max(0.05, 1 - epoch / epochs)
        for first in range(0, len(order), _BATCH):
            check()
            chosen = [examples[i] for i in order[first : first + _BATCH]]
            given = collect(chosen, rng, _SIDE, recolour=0.0, bare=_BARE)
            gan.learn(given, rng, rate, judge=True, heed=epoch > _CRITIC * epochs)
        progress((epoch + 1) / epochs, "training")
        if (epoch + 1) % _KEPT == 0:
            _keep(gan, folder / "state.pt", epoch + 1)
    keep_tensors(net.state_dict(), folder / "style.safetensors")
    (folder / "state.pt").unlink(missing_ok=True)


def cut(pages: Sequence[Picture], count: int, seed: int, check: Callable[[], None]) -> list[Example]:
    """Square crops of the pages with their line art, whole pages first; turned and of several sizes."""
    made: list[Example] = []
    drawn = [(page, *line_art(page)) for page in pages]
    for number in range(count):
        check()
        rng = np.random.default_rng((seed, number, 71))
        page, grey, flat = drawn[number % len(drawn)]
        planes = [np.dstack([grey] * 3), page, flat]
        planes = [_square(plane) for plane in planes]
        if number >= len(drawn):
            planes = _turned(planes, rng)
        try:
            made.append(example(planes[0], planes[1], planes[2]))
        except BadInput:
            continue
    if not made:
        raise BadInput("There is nothing to learn from: the picture has no lines.", hint="Give a coloured drawing.")
    return made


def _square(plane: Picture) -> Picture:
    """On white, square, at most 640 pixels a side."""
    height, width = plane.shape[:2]
    side = max(height, width)
    page = np.full((side, side, 3), 255, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    page[top : top + height, left : left + width] = plane
    return np.asarray(cv2.resize(page, (640, 640), interpolation=cv2.INTER_AREA), np.uint8) if side > 640 else page


def _turned(planes: list[Picture], rng: np.random.Generator) -> list[Picture]:
    side = planes[0].shape[0]
    part = float(rng.uniform(0.4, 1))
    angle = float(rng.uniform(-TURN, TURN))
    x, y = rng.uniform(part / 2, 1 - part / 2, 2) * side
    size = max(64, round(side * part))
    matrix = cv2.getRotationMatrix2D((float(x), float(y)), angle, 1.0)
    matrix[:, 2] += size / 2 - np.array([x, y])
    ways = (cv2.INTER_LINEAR, cv2.INTER_LINEAR, cv2.INTER_NEAREST)  # flats are never mixed
    return [
        np.asarray(cv2.warpAffine(plane, matrix, (size, size), flags=way, borderValue=(255, 255, 255)), np.uint8)
        for plane, way in zip(planes, ways, strict=True)
    ]


def _resume(gan: Any, path: Path) -> int:
    """The epochs that are over; a state that is damaged or another network's is begun again."""
    from ...errors import MissingWeights
    from ..weights import read_torch

    if not path.exists():
        return 0
    try:
        stored = read_torch(path)
        gan.restore(stored)
        return int(stored["epoch"])
    except (MissingWeights, RuntimeError, KeyError, ValueError, TypeError):
        return 0


def _keep(gan: Any, path: Path, epoch: int) -> None:
    import torch

    part = path.with_suffix(".part")
    torch.save(gan.state() | {"epoch": epoch}, part)
    part.replace(path)
