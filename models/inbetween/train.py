"""Train the in-between network.

``python -m inbetween.train --ground FOLDER --out FOLDER`` trains on pairs drawn by `inbetween.ground`; pairs that are
drawn meanwhile are taken in. It goes on where it stopped (OUT/state.pt), writes its curve to OUT/curve.csv and the
weights to OUT/inbetween.safetensors. ``--tiny`` runs the whole way on a few pairs in under a minute.
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
from torch.nn.functional import avg_pool2d

from inbetween.batches import Batch, collate, load
from inbetween.ground import PAGE, draw_many
from recognize.train import running_mean
from shiage.nets.inbetween._model import InbetweenNet, Motion

_RATE = 8e-4
_HELD = "held"  # the folder, in the ground, of pairs that are kept apart


def loss_of(net: InbetweenNet, batch: Batch) -> Tensor:
    """The frame between and the blend of the warped keys (Charbonnier), the true flow at each level, who is nearer."""
    motion = net.motion(batch.a, batch.b, batch.guides)
    made = net.between(batch.a, batch.b, motion, batch.share)
    of_frame = _apart(made.frame, batch.m) + 0.3 * _apart(made.blend, batch.m)
    of_near = (torch.sigmoid(motion.near) - batch.near).abs().mean()
    return 10 * of_frame + 0.5 * of_near + 0.1 * _off(motion, batch)


def _apart(frame: Tensor, true: Tensor) -> Tensor:
    return ((frame - true) ** 2 + 1e-6).sqrt().mean()


def _off(motion: Motion, batch: Batch) -> Tensor:
    """Mean error of the flow in pixels, all levels; what is hidden in the other key counts half."""
    total = motion.flow.new_zeros(())
    for flow, share in zip([*motion.coarse, motion.flow], (0.3, 0.3, 0.5, 0.7, 1.0, 1.0), strict=True):
        scale = batch.flow.shape[-1] // flow.shape[-1]
        weight = avg_pool2d(batch.weight, scale)
        true = avg_pool2d(batch.flow * batch.weight, scale) / weight.clamp(min=1e-3)
        off = ((flow * scale - true) ** 2).sum(1, keepdim=True).add(0.01).sqrt()
        total = total + share * (off.clamp(max=60) * weight).sum() / weight.sum().clamp(min=1)
    return total


def held_out(net: InbetweenNet, batches: list[Batch], device: str) -> dict[str, float]:
    """PSNR over what moves, of the network and of a plain blend; the flow's mean error in pixels."""
    marks: dict[str, list[float]] = {"psnr": [], "blend": [], "off": []}
    net.eval()
    with torch.inference_mode():
        for each in batches:
            batch = on(each, device)
            motion = net.motion(batch.a, batch.b, batch.guides)
            frame = net.between(batch.a, batch.b, motion, batch.share).frame
            plain = batch.a * (1 - batch.share) + batch.b * batch.share
            moves = ((batch.a - batch.b).abs().amax(1) > 0.05) | ((batch.a - batch.m).abs().amax(1) > 0.05)
            for name, made in (("psnr", frame), ("blend", plain)):
                error = ((made.clamp(0, 1) - batch.m) ** 2).mean(1)
                each_one = (error * moves).sum((1, 2)) / moves.sum((1, 2)).clamp(min=1)
                marks[name] += (-10 * (each_one + 1e-6).log10()).tolist()
            off = (motion.flow - batch.flow).square().sum(1, keepdim=True).sqrt()
            marks["off"].append(float((off * batch.weight).sum() / batch.weight.sum()))
    net.train()
    return {name: float(np.mean(values)) for name, values in marks.items()}


def on(batch: Batch, device: str) -> Batch:
    """The batch on a device."""
    if device == "cpu":
        return batch
    fields = {name: value.to(device) for name, value in vars(batch).items() if isinstance(value, Tensor)}
    guides = [type(g)(g.flow.to(device), g.sure.to(device)) for g in batch.guides]
    return Batch(**fields, guides=(guides[0], guides[1]))


class Training:
    """The network, its optimiser and where it is."""

    def __init__(self, out: Path, minutes: float, device: str) -> None:
        self.out, self.minutes, self.device = out, minutes, device
        self.net = InbetweenNet().to(device, memory_format=torch.channels_last)
        self.average = torch.optim.swa_utils.AveragedModel(self.net, avg_fn=running_mean, use_buffers=True)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=_RATE, weight_decay=1e-3, betas=(0.9, 0.99))
        self.step, self.spent = 0, 0.0
        if (out / "state.pt").exists():
            stored = torch.load(out / "state.pt", map_location=device, weights_only=True)
            self.net.load_state_dict(stored["net"])
            self.average.load_state_dict(stored["average"])
            self.optimiser.load_state_dict(stored["optimiser"])
            self.step, self.spent = int(stored["step"]), float(stored["spent"])

    def learn(self, batch: Batch) -> float:
        """One step; gives the loss."""
        rate = _RATE * min(1.0, (self.step + 1) / 100) * max(0.03, 1 - self.spent / (60 * self.minutes))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast(self.device.split(":")[0], torch.bfloat16):
            loss = loss_of(self.net, batch)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
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
        save_file(weights, self.out / "inbetween.safetensors")


def main() -> None:
    """Train until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ground", type=Path, help="a folder of pairs drawn by inbetween.ground")
    parser.add_argument("--minutes", type=float, default=60, help="of computing, all runs together")
    parser.add_argument("--batch", type=int, default=4, help="pairs a step")
    parser.add_argument("--side", type=int, default=224, help="pixels of a cut-out, a multiple of 32")
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
        options.ground = options.out / "ground"
        sum(draw_many(options.ground / _HELD, 1, 1, 1)) + sum(draw_many(options.ground, 2, 3, 1))
        options.minutes, options.every, options.batch, options.side = 0.1, 4, 2, 96
    elif not options.ground:
        parser.error("there is nothing to train on: draw puppets with `python -m inbetween.ground` first")
    held = [
        collate([load(path)], None, PAGE if not options.tiny else options.side)
        for path in sorted((options.ground / _HELD).glob("*.npz"))
    ]
    training = Training(options.out, options.minutes, options.device)
    rng = np.random.default_rng((options.seed, training.step))
    losses: list[float] = []
    start, paths = time.monotonic() - training.spent, sorted(options.ground.glob("*.npz"))
    while training.spent < 60 * options.minutes:
        chosen = [load(paths[i]) for i in rng.integers(0, len(paths), options.batch)]
        losses.append(training.learn(on(collate(chosen, rng, options.side), options.device)))
        training.spent = time.monotonic() - start
        if training.step % options.every == 0 or training.spent >= 60 * options.minutes:
            training.save()
            row = {"step": training.step, "minutes": training.spent / 60, "loss": float(np.mean(losses))}
            row |= held_out(training.average.module, held, options.device)
            _note(options.out / "curve.csv", row)
            losses, paths = [], sorted(options.ground.glob("*.npz"))
    training.save()


def _note(path: Path, row: dict[str, float]) -> None:
    shown = {name: f"{value:.4g}" for name, value in row.items()}
    print(" ".join(f"{name} {value}" for name, value in shown.items()), flush=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(shown), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(shown)


if __name__ == "__main__":
    main()
