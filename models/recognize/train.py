"""Train the embedding network of `recognize`.

``python -m recognize.train --ground PUPPETS.npz --out FOLDER`` trains on puppets and, where the benchmark drawings lie
beside the checkout, on the 36 real characters that may be trained on. It goes on where it stopped (FOLDER/state.pt),
writes its curve to FOLDER/curve.csv and the weights to FOLDER/recognize.safetensors. ``--tiny`` runs the whole way on a
few puppets in under a minute.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from recognize import ground as grounds
from recognize.batches import Batches, Plan
from recognize.score import default_bench, measures, sheet_trial, table
from shiage.nets.recognize import Recognizer
from shiage.nets.recognize._model import FigureEmbedding, build

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


def running_mean(mean: Tensor, new: Tensor, seen: Tensor | int) -> Tensor:
    """An exponential mean that follows fast at first: of a tenth of all steps, two hundred at most."""
    weight = max(0.005, 1.0 / (1.0 + 0.1 * float(seen)))
    return mean + (new - mean) * weight


class Training:
    """The network, its optimiser and where it is."""

    def __init__(self, out: Path, minutes: float, device: str) -> None:
        self.out, self.device, self.minutes = out, device, minutes
        self.net: FigureEmbedding = build().to(device, memory_format=torch.channels_last)
        self.average = torch.optim.swa_utils.AveragedModel(self.net, avg_fn=running_mean, use_buffers=True)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=1e-3, weight_decay=0.02)
        self.step, self.spent = 0, 0.0
        state = out / "state.pt"
        if state.exists():
            stored = torch.load(state, map_location=device, weights_only=True)
            self.net.load_state_dict(stored["net"])
            self.average.load_state_dict(stored["average"])
            self.optimiser.load_state_dict(stored["optimiser"])
            self.step, self.spent = int(stored["step"]), float(stored["spent"])

    def learn(self, planes: np.ndarray, who: np.ndarray) -> float:
        """One step on a batch; gives the loss."""
        rate = 1e-3 * min(1.0, (self.step + 1) / 100) * max(0.02, 1 - self.spent / (60 * self.minutes))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.net.train()
        looks = torch.from_numpy(planes).to(self.device).permute(0, 3, 1, 2).float().div_(255)
        targets = torch.from_numpy(who).to(self.device)
        with torch.autocast(self.device.split(":")[0], torch.bfloat16):
            vectors = self.net(looks.contiguous(memory_format=torch.channels_last)).float()
        loss = contrast(vectors, targets) + 0.5 * worst(vectors, targets)
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
        save_file(weights, self.out / "recognize.safetensors")


def main() -> None:
    """Train until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ground", type=Path, nargs="*", default=[], help="puppets drawn by recognize.ground")
    parser.add_argument("--bench", type=Path, default=default_bench())
    parser.add_argument("--minutes", type=float, default=40, help="of computing, all runs together")
    parser.add_argument("--every", type=int, default=200, help="steps between scores")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real-share", type=float, default=0.5)
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    real = (options.bench / "characters").is_dir() and not options.tiny
    parts = [grounds.load(path) for path in options.ground]
    if options.tiny:
        parts, options.minutes, options.every = [grounds.puppet_ground(12, 1, options.threads)], 0.15, 10
    if real:
        parts.append(grounds.real_ground(options.bench))
    if not parts:
        parser.error("there is nothing to train on: draw puppets with `python -m recognize.ground` first")
    trial = sheet_trial(options.bench) if real else None
    training = Training(options.out, options.minutes, options.device)
    plan = Plan(real_share=options.real_share, characters=6 if options.tiny else 24)
    batches = Batches(grounds.join(parts), plan, options.seed + training.step)
    curve = options.out / "curve.csv"
    losses: list[float] = []
    start = time.monotonic() - training.spent
    least = options.every if options.tiny else 0  # steps, however slow the machine is: a score is part of the way
    while training.spent < 60 * options.minutes or training.step < least:
        losses.append(training.learn(*batches.next()))
        training.spent = time.monotonic() - start
        if training.step % options.every == 0:
            training.save()
            row = {"step": training.step, "minutes": training.spent / 60, "loss": float(np.mean(losses))}
            if trial is not None:
                network = Recognizer(training.average.module.eval(), options.device)
                row |= measures(trial, table(trial, network), network.calibration)
            _append(curve, row)
            losses.clear()
    training.save()


def _append(curve: Path, row: dict[str, float]) -> None:
    new = not curve.exists()
    with curve.open("a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow({key: round(value, 4) for key, value in row.items()})
    print(row, flush=True)


if __name__ == "__main__":
    main()
