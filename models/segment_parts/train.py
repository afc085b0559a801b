"""Train the part network of `segment-parts`.

``python -m segment_parts.train --ground PUPPETS.npz --out FOLDER`` trains on puppets drawn by `segment_parts.ground`.
It goes on where it stopped (FOLDER/state.pt), writes its curve to FOLDER/curve.csv and the weights to
FOLDER/segment_parts.safetensors. ``--tiny`` runs the whole way on a few puppets in under a minute.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file

from recognize.score import default_bench
from recognize.train import running_mean
from segment_parts import augment, score
from segment_parts.ground import draw_many
from shiage.nets.parts import PartSegmenter
from shiage.nets.parts._model import CLASSES, PartNet, with_place

# Rare parts weigh more, so that an eyebrow is learned as well as a coat; none weighs little, as shape tells it.
_WEIGHTS = torch.tensor([0.5, 1, 2, 2, 3, 1, 2, 0.7, 1.6, 1, 0.8, 2, 3, 1.2, 1.4, 0.7])


class Training:
    """The network, its optimiser and where it is."""

    def __init__(self, out: Path, minutes: float, device: str) -> None:
        self.out, self.minutes, self.device = out, minutes, device
        self.net = PartNet().to(device, memory_format=torch.channels_last)
        self.average = torch.optim.swa_utils.AveragedModel(self.net, avg_fn=running_mean, use_buffers=True)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=2e-3, weight_decay=0.01)
        self.loss = torch.nn.CrossEntropyLoss(weight=_WEIGHTS.to(device), label_smoothing=0.02)
        self.step, self.spent = 0, 0.0
        if (out / "state.pt").exists():
            stored = torch.load(out / "state.pt", map_location=device, weights_only=True)
            self.net.load_state_dict(stored["net"])
            self.average.load_state_dict(stored["average"])
            self.optimiser.load_state_dict(stored["optimiser"])
            self.step, self.spent = int(stored["step"]), float(stored["spent"])

    def learn(self, planes: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> float:
        """One step; gives the loss."""
        rate = 2e-3 * min(1.0, (self.step + 1) / 40) * max(0.02, 1 - self.spent / (60 * self.minutes))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.net.train()
        given = torch.from_numpy(planes).to(self.device).permute(0, 3, 1, 2).float().div_(255)
        wanted = torch.from_numpy(labels.astype(np.int64)).to(self.device)
        with torch.autocast(self.device.split(":")[0], torch.bfloat16):
            logits = self.net(with_place(given).contiguous(memory_format=torch.channels_last))
        loss = self.loss(logits.float(), wanted)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self.average.update_parameters(self.net)
        self.step += 1
        return float(loss.detach())

    def save(self) -> None:
        """The state to go on from, and the averaged weights as they ship."""
        stored = {"net": self.net.state_dict(), "average": self.average.state_dict()}
        stored |= {"optimiser": self.optimiser.state_dict(), "step": self.step, "spent": self.spent}
        torch.save(stored, self.out / "state.part")
        (self.out / "state.part").replace(self.out / "state.pt")
        weights = {
            name: (value.half() if value.is_floating_point() else value).contiguous().cpu()
            for name, value in self.average.module.state_dict().items()
        }
        save_file(weights, self.out / "segment_parts.safetensors")


def main() -> None:
    """Train until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ground", type=Path, nargs="*", default=[], help="puppets drawn by segment_parts.ground")
    parser.add_argument("--bench", type=Path, default=default_bench())
    parser.add_argument("--minutes", type=float, default=40, help="of computing, all runs together")
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--every", type=int, default=100, help="steps between scores")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.tiny:
        planes, labels = draw_many(12, 1, options.threads)
        options.minutes, options.every, options.batch = 0.15, 4, 4
    elif options.ground:
        stored = [np.load(path, allow_pickle=False) for path in options.ground]
        planes = np.concatenate([s["planes"] for s in stored])
        labels = np.concatenate([s["labels"] for s in stored])
    else:
        parser.error("there is nothing to train on: draw puppets with `python -m segment_parts.ground` first")
    training = Training(options.out, options.minutes, options.device)
    rng = np.random.default_rng((options.seed, training.step))
    held = max(4, len(planes) // 25)  # puppets kept apart, to see what is learned and what is learned by heart
    losses: list[float] = []
    start = time.monotonic() - training.spent
    least = options.every if options.tiny else 0  # steps, however slow the machine is: a score is part of the way
    while training.spent < 60 * options.minutes or training.step < least:
        chosen = rng.integers(held, len(planes), options.batch)
        made = [augment.vary(planes[i], labels[i], rng) for i in chosen]
        losses.append(training.learn(np.stack([p for p, _ in made]), np.stack([n for _, n in made])))
        training.spent = time.monotonic() - start
        if training.step % options.every == 0:
            training.save()
            row = {"step": training.step, "minutes": training.spent / 60, "loss": float(np.mean(losses))}
            net = training.average.module.eval()
            row["puppets"] = _right(net, planes[:held], labels[:held], options.device)
            if (options.bench / "palette").is_dir() and not options.tiny:
                tables = score.confusion(options.bench, PartSegmenter(net, device=options.device))
                row |= score.measures(np.sum(list(tables.values()), axis=0))
            _append(options.out / "curve.csv", row)
            losses.clear()
    training.save()


def _right(net: PartNet, planes: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], device: str) -> float:
    """Mean IoU over the parts on puppets that were kept apart."""
    table = np.zeros(CLASSES**2, np.int64)
    for i in range(0, len(planes), 8):
        given = torch.from_numpy(planes[i : i + 8]).to(device).permute(0, 3, 1, 2).float().div_(255)
        with torch.inference_mode():
            named = net(with_place(given)).argmax(1).cpu().numpy()
        table += np.bincount((labels[i : i + 8].astype(np.int64) * CLASSES + named).ravel(), minlength=CLASSES**2)
    return score.measures(table.reshape(CLASSES, CLASSES))["miou"]


def _append(curve: Path, row: dict[str, float]) -> None:
    new = not curve.exists()
    with curve.open("a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow({key: round(value, 4) for key, value in row.items()})
    print({key: round(value, 3) for key, value in row.items()}, flush=True)


if __name__ == "__main__":
    main()
