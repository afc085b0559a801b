"""Train the network behind `clean-up`.

``python -m clean_up.train --ground GROUND --out FOLDER`` learns from the patches that `clean_up.ground` drew. It goes
on where it stopped (FOLDER/state.pt), writes its curve to FOLDER/curve.csv and the weights that read the held-out
sheets best to FOLDER/clean_up.safetensors. ``--tiny`` draws three sheets and runs the whole way in under a minute.
"""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from clean_up.augment import SIZE, photographed, vary
from clean_up.ground import LINE, MIDDLE, draw_sheets
from clean_up.score import f1_of, leaks, true_regions
from clean_up.stakes import BROKEN, stakes
from shiage.nets.clean_up._model import WEIGH, LineNet
from shiage.nets.layout import laid_out
from shiage.nets.weights import fill, read_tensors
from training import Training, note, parser_of, ready

Patches = npt.NDArray[np.uint8]
_HELD = 96  # patches that are scored and never learned from
_NAMES = ("line", "middle", "closed")
_WHOLE = 0.5  # what the recall of middles counts for in the loss
_MEND = 2.0  # times what a line weighs a break in one does


def loss_of(logits: Tensor, wanted: Tensor, worth: Tensor | float = 1.0) -> Tensor:
    """Cross entropy by pixel, overlap by plane (Milletari et al. 2016), and how much of the true middles is told
    (skeleton recall, Kirchhoff et al. 2024; a break counts as much as it is long): (B, 2, H, W) each, wanted 0..1.

    worth: (B, 1, H, W), what each pixel counts for. To ask for the surest ridge near each true one (recall within a few
    pixels) does no good: dots would be enough.
    """
    told = logits.sigmoid()
    middle = (wanted[:, 1:] > 0.5).float()
    missed = middle * (told.detach() < BROKEN)
    weight = (1 + (WEIGH - 1) * wanted + (_MEND - 1) * WEIGH * missed) * worth
    by_pixel = binary_cross_entropy_with_logits(logits, wanted, weight)
    recall = (told * middle * worth).sum((0, 2, 3)) / (middle * worth).sum().clamp(min=1)
    both, each = (told * wanted).sum((0, 2, 3)), (told**2).sum((0, 2, 3)) + (wanted**2).sum((0, 2, 3))
    overlap = (1 - (2 * both + 1) / (each + 1)).mean()
    return 4 * by_pixel + overlap + _WHOLE * (1 - recall).mean()


def at_stake(wanted: Patches, logits: Tensor) -> Tensor:
    """(B, 1, H, W) what each pixel counts for, of patches (B, H, W, 2) and what is told of them."""
    told = logits.detach()[:, 1].float().sigmoid().cpu().numpy()
    worth = np.stack([stakes(one[..., 1], other) for one, other in zip(wanted, told, strict=True)])
    return torch.from_numpy(worth[:, None]).to(logits.device)


class Ground:
    """Patches of several files that stay on disk."""

    def __init__(self, parts: list[Patches]) -> None:
        self.parts = parts
        self.ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, index: int) -> Patches:
        part = int(np.searchsorted(self.ends, index, side="right"))
        return np.asarray(self.parts[part][index - (self.ends[part - 1] if part else 0)])


def main() -> None:
    """Train until the time is up."""
    parser = parser_of(__doc__, minutes=60, every=100)
    parser.add_argument("--ground", type=Path, nargs="+", help="folders of clean_up.ground, drawn from in turn")
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--rate", type=float, default=3e-3, help="how fast it learns at most; less with --start")
    parser.add_argument("--start", type=Path, help="weights to begin with, such as those that ship")
    options = parser.parse_args()
    ready(options)
    if options.tiny:
        grounds = [Ground([draw_sheets(1, 3, 1)]), Ground([draw_sheets(1, 1, 1, finer=True)])]
        options.minutes, options.every, options.batch = 0.1, 4, 4
    elif options.ground:
        found = [sorted(folder.glob("*.npy")) for folder in options.ground]
        for folder in (folder for folder, paths in zip(options.ground, found, strict=True) if not paths):
            parser.error(
                f"there is nothing to train on in {folder}: draw puppets with `python -m clean_up.ground` first"
            )
        grounds = [Ground([np.load(path, mmap_mode="r") for path in paths]) for paths in found]
    else:
        parser.error("there is nothing to train on: draw puppets with `python -m clean_up.ground` first")
    net = LineNet()
    if options.start:
        fill(net, read_tensors(options.start), options.start)
    net = laid_out(net, options.device)
    rate = options.rate
    training = Training(net, options.out, options.minutes, options.device, rate=rate, warm=60, decay=0.01, clip=2.0)
    held = min(_HELD // len(grounds), min(map(len, grounds)) // 3)
    seen, wanted = _trial(grounds, held)
    rng = np.random.default_rng((options.seed, training.step))
    losses: list[float] = []
    least = options.every if options.tiny else 0  # steps, however slow the machine is: a score is part of the way
    while not training.over or training.step < least:
        turns = [grounds[k % len(grounds)] for k in range(options.batch)]
        made = [vary(ground[int(rng.integers(held, len(ground)))], rng) for ground in turns]
        with training.forward():
            logits = net(_given(np.stack([s for s, _ in made]), options.device))
        true = np.stack([w for _, w in made])
        worth = at_stake(true, logits)
        losses.append(training.learn(loss_of(logits.float(), _given(true, options.device), worth)))
        if training.step % options.every == 0:
            told = _read(training.average.module.eval(), seen, options.device)
            scores = dict(zip(_NAMES, _scores(told, wanted), strict=True))
            training.save("last")
            if sum(scores.values()) > _best(options.out / "curve.csv"):
                shutil.copy(options.out / "last.safetensors", options.out / "clean_up.safetensors")
            note(options.out / "curve.csv", training.row(float(np.mean(losses))) | scores)
            losses.clear()
    training.save("last")  # so that the next run knows that the time is up


def _trial(grounds: list[Ground], count: int) -> tuple[Patches, Patches]:
    """The held-out patches, `count` of each ground, always photographed in the same way."""
    rng = np.random.default_rng(7)
    parts = [ground[i][:SIZE, :SIZE] for ground in grounds for i in range(count)]
    return np.stack([photographed(part, rng) for part in parts]), np.stack([p[..., LINE : MIDDLE + 1] for p in parts])


def _given(planes: Patches, device: str) -> Tensor:
    """(B, H, W, 2) uint8 as the network takes it."""
    given = torch.from_numpy(planes).to(device).permute(0, 3, 1, 2).float().div_(255)
    return given.contiguous(memory_format=torch.channels_last)


def _read(net: torch.nn.Module, seen: Patches, device: str) -> npt.NDArray[np.float32]:
    """(B, 2, H, W) 0..1."""
    with torch.inference_mode():
        told = [net(_given(seen[i : i + 8], device)).sigmoid().cpu() for i in range(0, len(seen), 8)]
    return np.asarray(torch.cat(told).float().numpy(), np.float32)


def _scores(told: npt.NDArray[np.float32], wanted: Patches) -> tuple[float, ...]:
    """F1 of lines and of their middles, and the share of true regions that the lines keep apart; (B, 2, H, W) 0..1 and
    (B, H, W, 2) uint8."""
    lost = whole = 0
    for told_line, true_line in zip(told[:, 0], wanted[..., 0], strict=True):
        if true_line.max() < 200:  # bare paper
            continue
        layer = np.zeros((*told_line.shape, 4), np.uint8)
        layer[..., 3] = 255 * told_line
        true = true_regions(true_line / np.float32(255))
        whole += int(true.max())
        lost += leaks(layer, true, 0) if told_line.max() > 0.9 else int(true.max())
    return *(f1_of(told[:, k] > 0.5, wanted[..., k] > 127) for k in range(2)), 1 - lost / max(whole, 1)


def _best(curve: Path) -> float:
    """The best score so far."""
    if not curve.exists():
        return -1.0
    with curve.open(newline="") as file:
        return max((sum(float(row[name]) for name in _NAMES) for row in csv.DictReader(file)), default=-1.0)


if __name__ == "__main__":
    main()
