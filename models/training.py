"""What every training has: options, a state that it goes on from, an average of its weights, a curve.

A recipe gives the network, the data and the loss; this gives the rest. States are read as tensors and numbers alone.
Small work on many threads spins unless OMP_WAIT_POLICY is PASSIVE before torch is imported: recipes see to that.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import torch
from torch import Tensor

from shiage.nets.weights import keep_tensors

Net = TypeVar("Net", bound=torch.nn.Module)


def parser_of(description: str | None, *, minutes: float, every: int) -> argparse.ArgumentParser:
    """The options that all recipes share, with this one's defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=minutes, help="of computing, all runs together")
    parser.add_argument("--every", type=int, default=every, help="steps between scores")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tiny", action="store_true", help="the whole way on a few puppets, in under a minute")
    return parser


def ready(options: argparse.Namespace) -> None:
    """Threads, seed and the folder, as the options say."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)


def running_mean(mean: Tensor, new: Tensor, seen: Tensor | int) -> Tensor:
    """An exponential mean that follows fast at first: of a tenth of all steps, two hundred at most."""
    weight = max(0.005, 1.0 / (1.0 + 0.1 * float(seen)))
    return mean + (new - mean) * weight


class Training(Generic[Net]):
    """A network that learns for `minutes` of computing, and goes on where OUT/state.pt left it.

    ``rate`` rises over ``warm`` steps and falls with the time that is left. ``average`` is what ships.
    """

    def __init__(
        self,
        net: Net,
        out: Path,
        minutes: float,
        device: str,
        *,
        rate: float,
        warm: int,
        decay: float,
        clip: float,
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        self.out, self.minutes, self.device = out, minutes, device
        self.net = net
        self.average = torch.optim.swa_utils.AveragedModel(net, avg_fn=running_mean, use_buffers=True)
        self.optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay, betas=betas)
        self.step, self.spent = 0, 0.0
        self._rate, self._warm, self._clip = rate, warm, clip
        if (out / "state.pt").exists():
            stored = torch.load(out / "state.pt", map_location=device, weights_only=True)
            self.net.load_state_dict(stored["net"])
            self.average.load_state_dict(stored["average"])
            self.optimiser.load_state_dict(stored["optimiser"])
            self.step, self.spent = int(stored["step"]), float(stored["spent"])
        self._start = time.monotonic() - self.spent

    @property
    def over(self) -> bool:
        """Whether its time is up."""
        return self.spent >= 60 * self.minutes

    @property
    def averaged(self) -> Net:
        """The network with the average of its weights, as it ships: to be scored, it does not learn."""
        return cast(Net, self.average.module.eval())

    def forward(self) -> torch.autocast:
        """The context of a forward pass: the network learns, in half precision where that is safe."""
        self.net.train()
        return torch.autocast(self.device.split(":")[0], torch.bfloat16)

    def learn(self, loss: Tensor) -> float:
        """One step down; gives the loss."""
        rate = self._rate * min(1.0, (self.step + 1) / self._warm) * max(0.02, 1 - self.spent / (60 * self.minutes))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), self._clip)
        self.optimiser.step()
        self.average.update_parameters(self.net)
        self.step += 1
        self.spent = time.monotonic() - self._start
        return float(loss.detach())

    def save(self, name: str) -> None:
        """The state to go on from, and the averaged weights as they ship: OUT/name.safetensors."""
        stored: dict[str, Any] = {"net": self.net.state_dict(), "average": self.average.state_dict()}
        stored |= {"optimiser": self.optimiser.state_dict(), "step": self.step, "spent": self.spent}
        keep_state(stored, self.out)
        keep_tensors(self.average.module.state_dict(), self.out / f"{name}.safetensors")

    def row(self, loss: float) -> dict[str, float]:
        """The beginning of a line of the curve."""
        return {"step": self.step, "minutes": self.spent / 60, "loss": loss}


def keep_state(stored: dict[str, Any], out: Path) -> None:
    """Write OUT/state.pt whole or not at all."""
    torch.save(stored, out / "state.part")
    (out / "state.part").replace(out / "state.pt")


def note(curve: Path, row: dict[str, float]) -> None:
    """Add a line to the curve, and show it."""
    shown = {name: f"{value:.4g}" for name, value in row.items()}
    print(" ".join(f"{name} {value}" for name, value in shown.items()), flush=True)
    new = not curve.exists()
    with curve.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(shown), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(shown)
