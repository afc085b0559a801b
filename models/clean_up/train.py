"""Train the network behind `clean-up`.

``python -m clean_up.train --ground GROUND --out FOLDER`` learns from the patches that `clean_up.ground` drew. It goes
on where it stopped (FOLDER/state.pt), writes its curve to FOLDER/curve.csv and the weights that read the held-out
sheets best to FOLDER/clean_up.safetensors. ``--tiny`` draws three sheets and runs the whole way in under a minute.
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
from torch import Tensor

from clean_up.augment import SIZE, photographed, vary
from clean_up.ground import LINE, MIDDLE, draw_many
from clean_up.score import f1_of
from recognize.train import running_mean
from shiage.nets.clean_up._model import WEIGH, LineNet

Patches = npt.NDArray[np.uint8]
RATE = 3e-3
_HELD = 48  # patches that are scored and never learned from


def loss_of(logits: Tensor, wanted: Tensor) -> Tensor:
    """Cross entropy by pixel, and overlap by plane (Milletari et al. 2016): (B, 2, H, W) each, wanted 0..1."""
    weight = 1 + (WEIGH - 1) * wanted
    by_pixel = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted, weight)
    told = logits.sigmoid()
    both, each = (told * wanted).sum((0, 2, 3)), (told**2).sum((0, 2, 3)) + (wanted**2).sum((0, 2, 3))
    overlap = (1 - (2 * both + 1) / (each + 1)).mean()
    return 4 * by_pixel + overlap


class Training:
    """The network, its optimiser and where it is."""

    def __init__(self, out: Path, minutes: float, device: str) -> None:
        self.out, self.minutes, self.device = out, minutes, device
        self.net = LineNet().to(device, memory_format=torch.channels_last)
        self.average = torch.optim.swa_utils.AveragedModel(self.net, avg_fn=running_mean, use_buffers=True)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=RATE, weight_decay=0.01)
        self.step, self.spent, self.best = 0, 0.0, -1.0
        if (out / "state.pt").exists():
            stored = torch.load(out / "state.pt", map_location=device, weights_only=True)
            self.net.load_state_dict(stored["net"])
            self.average.load_state_dict(stored["average"])
            self.optimiser.load_state_dict(stored["optimiser"])
            self.step, self.spent, self.best = int(stored["step"]), float(stored["spent"]), float(stored["best"])

    def learn(self, seen: Patches, wanted: Patches) -> float:
        """One step on (B, H, W, 2) uint8 each; gives the loss."""
        rate = RATE * min(1.0, (self.step + 1) / 60) * max(0.02, 1 - self.spent / (60 * self.minutes))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.net.train()
        with torch.autocast(self.device.split(":")[0], torch.bfloat16):
            logits = self.net(self._given(seen))
        loss = loss_of(logits.float(), self._given(wanted))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self.average.update_parameters(self.net)
        self.step += 1
        return float(loss.detach())

    def read(self, seen: Patches) -> npt.NDArray[np.float32]:
        """(B, 2, H, W) 0..1, as the averaged weights read it."""
        net = self.average.module.eval()
        with torch.inference_mode():
            told = [net(self._given(seen[i : i + 8])).sigmoid().cpu() for i in range(0, len(seen), 8)]
        return np.asarray(torch.cat(told).float().numpy(), np.float32)

    def save(self, score: float) -> None:
        """The state to go on from, and the averaged weights if none were better."""
        better = score > self.best
        self.best = max(self.best, score)
        stored = {"net": self.net.state_dict(), "average": self.average.state_dict()}
        stored |= {"optimiser": self.optimiser.state_dict(), "step": self.step, "spent": self.spent, "best": self.best}
        torch.save(stored, self.out / "state.part")
        (self.out / "state.part").replace(self.out / "state.pt")
        if better:
            weights = {
                name: (value.half() if value.is_floating_point() else value).contiguous().cpu()
                for name, value in self.average.module.state_dict().items()
            }
            save_file(weights, self.out / "clean_up.safetensors")

    def _given(self, planes: Patches) -> Tensor:
        given = torch.from_numpy(planes).to(self.device).permute(0, 3, 1, 2).float().div_(255)
        return given.contiguous(memory_format=torch.channels_last)


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ground", type=Path, help="folder that clean_up.ground wrote to")
    parser.add_argument("--minutes", type=float, default=60, help="of computing, all runs together")
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
        ground = Ground([draw_many(1, 3, 1)])
        options.minutes, options.every, options.batch = 0.1, 4, 4
    elif options.ground:
        ground = Ground([np.load(path, mmap_mode="r") for path in sorted(options.ground.glob("*.npy"))])
    else:
        parser.error("there is nothing to train on: draw puppets with `python -m clean_up.ground` first")
    training = Training(options.out, options.minutes, options.device)
    held = min(_HELD, len(ground) // 3)
    seen, wanted = _trial(ground, held)
    rng = np.random.default_rng((options.seed, training.step))
    losses: list[float] = []
    start = time.monotonic() - training.spent
    least = options.every if options.tiny else 0  # steps, however slow the machine is: a score is part of the way
    while training.spent < 60 * options.minutes or training.step < least:
        made = [vary(ground[i], rng) for i in rng.integers(held, len(ground), options.batch)]
        losses.append(training.learn(np.stack([s for s, _ in made]), np.stack([w for _, w in made])))
        training.spent = time.monotonic() - start
        if training.step % options.every == 0:
            told = training.read(seen)
            row = {"step": training.step, "minutes": training.spent / 60, "loss": float(np.mean(losses))}
            row |= {name: f1_of(told[:, k] > 0.5, wanted[..., k] > 127) for k, name in enumerate(("line", "middle"))}
            training.save(row["line"] + row["middle"])
            _append(options.out / "curve.csv", row)
            losses.clear()


def _trial(ground: Ground, count: int) -> tuple[Patches, Patches]:
    """The held-out patches, always photographed in the same way."""
    rng = np.random.default_rng(7)
    parts = [ground[i][:SIZE, :SIZE] for i in range(count)]
    return np.stack([photographed(part, rng) for part in parts]), np.stack([p[..., LINE : MIDDLE + 1] for p in parts])


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
