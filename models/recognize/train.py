"""Train the embedding network of `recognize`.

``python -m recognize.train --ground PUPPETS.npz --out FOLDER`` trains on puppets and, where the benchmark drawings lie
beside the checkout, on the 36 real characters that may be trained on. It goes on where it stopped (FOLDER/state.pt),
writes its curve to FOLDER/curve.csv and the weights to FOLDER/recognize.safetensors. ``--tiny`` runs the whole way on a
few puppets in under a minute.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from recognize import ground as grounds
from recognize.batches import Batches, Plan
from recognize.score import default_bench, measures, sheet_trial, table
from shiage.nets.layout import laid_out
from shiage.nets.recognize import STRANGERS, Recognizer
from shiage.nets.recognize._model import FigureEmbedding, build
from shiage.nets.weights import fill, read_tensors
from training import Training, note, parser_of, ready

TEMPERATURE = 0.1


def contrast(vectors: Tensor, who: Tensor) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020): drawings of one character near, all others far."""
    alike = vectors @ vectors.T / TEMPERATURE
    self_ = torch.eye(len(who), dtype=torch.bool, device=who.device)
    alike = alike.masked_fill(self_, -1e4)
    same = (who[:, None] == who[None]) & ~self_
    log_share = alike - torch.logsumexp(alike, 1, keepdim=True)
    return -(log_share * same).sum(1).div(same.sum(1).clamp(min=1)).mean()


def worst(vectors: Tensor, who: Tensor, margin: float = 0.25) -> Tensor:
    """Batch-hard triplets (Hermans et al. 2017): the least like of one's own against the most like stranger."""
    alike = vectors @ vectors.T
    same = who[:, None] == who[None]
    own = alike.masked_fill(~same, 2.0).amin(1)
    stranger = alike.masked_fill(same, -2.0).amax(1)
    return torch.relu(stranger - own + margin).mean()


class Telling(Training[FigureEmbedding]):
    """The embedding network and its loss."""

    def __init__(self, out: Path, minutes: float, device: str, start: Path | None = None) -> None:
        net = build()
        if start:
            fill(net, {name: t for name, t in read_tensors(start).items() if not name.startswith(STRANGERS)}, start)
        rate = 4e-4 if start else 1e-3  # weights that know something are not to be shaken
        super().__init__(laid_out(net, device), out, minutes, device, rate=rate, warm=100, decay=0.02, clip=2.0)

    def see(self, planes: npt.NDArray[np.uint8], who: npt.NDArray[np.int64]) -> float:
        """One step on a batch; gives the loss."""
        looks = torch.from_numpy(planes).to(self.device).permute(0, 3, 1, 2).float().div_(255)
        targets = torch.from_numpy(who).to(self.device)
        with self.forward():
            vectors = self.net(looks.contiguous(memory_format=torch.channels_last)).float()
        return self.learn(contrast(vectors, targets) + 0.5 * worst(vectors, targets))


def main() -> None:
    """Train until the time is up."""
    parser = parser_of(__doc__, minutes=40, every=200)
    parser.add_argument("--ground", type=Path, nargs="*", default=[], help="puppets drawn by recognize.ground")
    parser.add_argument("--bench", type=Path, default=default_bench())
    parser.add_argument("--start", type=Path, metavar="WEIGHTS", help="weights to begin with, instead of chance")
    parser.add_argument("--real-share", type=float, default=0.5)
    options = parser.parse_args()
    ready(options)
    real = (options.bench / "characters").is_dir() and not options.tiny
    parts = [grounds.load(path) for path in options.ground]
    if options.tiny:
        parts, options.minutes, options.every = [grounds.puppet_ground(12, 1, options.threads)], 0.15, 10
    if real:
        parts.append(grounds.real_ground(options.bench))
    if not parts:
        parser.error("there is nothing to train on: draw puppets with `python -m recognize.ground` first")
    trial = sheet_trial(options.bench) if real else None
    training = Telling(options.out, options.minutes, options.device, options.start)
    plan = Plan(real_share=options.real_share, characters=6 if options.tiny else 24)
    batches = Batches(grounds.join(parts), plan, options.seed + training.step)
    losses: list[float] = []
    least = options.every if options.tiny else 0  # steps, however slow the machine is: a score is part of the way
    while not training.over or training.step < least:
        losses.append(training.see(*batches.next()))
        if training.step % options.every == 0:
            training.save("recognize")
            row = training.row(float(np.mean(losses)))
            if trial is not None:
                network = Recognizer(training.averaged, options.device)
                row |= measures(trial, table(trial, network), network.calibration)
            note(options.out / "curve.csv", row)
            losses.clear()
    training.save("recognize")


if __name__ == "__main__":
    main()
