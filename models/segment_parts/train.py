"""Train the part network of `segment-parts`.

``python -m segment_parts.train --ground PUPPETS.npz --out FOLDER`` trains on puppets drawn by `segment_parts.ground`.
It goes on where it stopped (FOLDER/state.pt), writes its curve to FOLDER/curve.csv and the weights to
FOLDER/segment_parts.safetensors. ``--tiny`` runs the whole way on a few puppets in under a minute.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import numpy.typing as npt
import torch

from recognize.score import default_bench
from segment_parts import augment, score
from segment_parts.ground import draw_puppets
from shiage.nets.layout import laid_out
from shiage.nets.parts import PartSegmenter
from shiage.nets.parts._model import CLASSES, PartNet, with_place
from training import Training, note, parser_of, ready

# Rare parts weigh more, so that an eyebrow is learned as well as a coat; none weighs little, as shape tells it.
_WEIGHTS = torch.tensor([0.5, 1, 2, 2, 3, 1, 2, 0.7, 1.6, 1, 0.8, 2, 3, 1.2, 1.4, 0.7])


class Parts(Training[PartNet]):
    """The part network and its loss."""

    def __init__(self, out: Path, minutes: float, device: str) -> None:
        super().__init__(laid_out(PartNet(), device), out, minutes, device, rate=2e-3, warm=40, decay=0.01, clip=2.0)
        self.loss = torch.nn.CrossEntropyLoss(weight=_WEIGHTS.to(device), label_smoothing=0.02)

    def see(self, planes: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> float:
        """One step; gives the loss."""
        given = torch.from_numpy(planes).to(self.device).permute(0, 3, 1, 2).float().div_(255)
        wanted = torch.from_numpy(labels.astype(np.int64)).to(self.device)
        with self.forward():
            logits = self.net(with_place(given).contiguous(memory_format=torch.channels_last))
        return self.learn(self.loss(logits.float(), wanted))


def main() -> None:
    """Train until the time is up."""
    parser = parser_of(__doc__, minutes=40, every=100)
    parser.add_argument("--ground", type=Path, nargs="*", default=[], help="puppets drawn by segment_parts.ground")
    parser.add_argument("--bench", type=Path, default=default_bench())
    parser.add_argument("--batch", type=int, default=12)
    options = parser.parse_args()
    ready(options)
    if options.tiny:
        planes, labels = draw_puppets(12, 1, options.threads)
        options.minutes, options.every, options.batch = 0.15, 4, 4
    elif options.ground:
        stored = [np.load(path, allow_pickle=False) for path in options.ground]
        planes = np.concatenate([s["planes"] for s in stored])
        labels = np.concatenate([s["labels"] for s in stored])
    else:
        parser.error("there is nothing to train on: draw puppets with `python -m segment_parts.ground` first")
    training = Parts(options.out, options.minutes, options.device)
    rng = np.random.default_rng((options.seed, training.step))
    held = max(4, len(planes) // 25)  # puppets kept apart, to see what is learned and what is learned by heart
    losses: list[float] = []
    least = options.every if options.tiny else 0  # steps, however slow the machine is: a score is part of the way
    while not training.over or training.step < least:
        chosen = rng.integers(held, len(planes), options.batch)
        made = [augment.vary(planes[i], labels[i], rng) for i in chosen]
        losses.append(training.see(np.stack([p for p, _ in made]), np.stack([n for _, n in made])))
        if training.step % options.every == 0:
            training.save("segment_parts")
            row = training.row(float(np.mean(losses)))
            net = training.averaged
            row["puppets"] = _right(net, planes[:held], labels[:held], options.device)
            if (options.bench / "palette").is_dir() and not options.tiny:
                tables = score.confusion(options.bench, PartSegmenter(net, device=options.device))
                row |= score.measures(np.sum(list(tables.values()), axis=0))
            note(options.out / "curve.csv", row)
            losses.clear()
    training.save("segment_parts")


def _right(net: PartNet, planes: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], device: str) -> float:
    """Mean IoU over the parts on puppets that were kept apart."""
    table = np.zeros(CLASSES**2, np.int64)
    for i in range(0, len(planes), 8):
        given = torch.from_numpy(planes[i : i + 8]).to(device).permute(0, 3, 1, 2).float().div_(255)
        with torch.inference_mode():
            named = net(with_place(given)).argmax(1).cpu().numpy()
        table += np.bincount((labels[i : i + 8].astype(np.int64) * CLASSES + named).ravel(), minlength=CLASSES**2)
    return score.measures(table.reshape(CLASSES, CLASSES))["miou"]


if __name__ == "__main__":
    main()
