"""Train the two stages of `colorize` as a conditional GAN.

``python -m colorize.train --ground FOLDER --out RUN`` trains on the chunks that `colorize.ground` wrote (and is still
writing: new ones are taken in as they come). It goes on where it stopped (RUN/state.pt), writes its curve to
RUN/curve.csv and the weights to RUN/colorize.safetensors. ``--single`` trains the yardstick, one network of the same
size, the same way. ``--tiny`` runs the whole way on a few puppets in under a minute.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import cv2
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from colorize.ground import load, puppets
from colorize.single import Single
from shiage.nets.colorize._batches import Given, collect
from shiage.nets.colorize._examples import Example
from shiage.nets.colorize._gan import TAUGHT, Gan, TwoStages
from shiage.nets.weights import keep_tensors
from training import keep_state, note, parser_of, ready, running_mean

RATE = 1.5e-3
HELD = 20  # puppets kept apart


class RefinementAlone(TwoStages):
    """The two stages with a draft that is done learning."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.load_state_dict({n: t.float() if t.is_floating_point() else t for n, t in load_file(weights).items()})
        self.draft.requires_grad_(False)
        # The first training left the shade near none, where its gradient is lost: it starts again half-way.
        head = self.refine.head
        nn.init.normal_(head.weight, std=0.01)
        assert head.bias is not None
        with torch.no_grad():
            head.bias.copy_(torch.tensor([0.0, 1.5, 2.0]).repeat_interleave(12))

    def train(self, mode: bool = True) -> RefinementAlone:
        """The draft's normalisation stays as it is."""
        super().train(mode)
        self.draft.eval()
        return self


class SingleStage(nn.Module):
    """The yardstick in the same harness."""

    def __init__(self) -> None:
        super().__init__()
        self.single = Single()

    def forward(self, given: Given, teach: Tensor) -> tuple[Tensor, None, None]:
        """As TwoStages, with nothing but the picture; `teach` is not used."""
        return self.single(given.planes, given.parts), None, None


class Training:
    """The networks, their optimisers and where they are."""

    def __init__(
        self, out: Path, minutes: float, weights: dict[str, float], net: nn.Module, device: str, taught: float = TAUGHT
    ) -> None:
        self.out, self.minutes = out, minutes
        self.gan = Gan(net, weights, device, taught)
        self.average = torch.optim.swa_utils.AveragedModel(self.gan.net, avg_fn=running_mean, use_buffers=True)
        self.step, self.spent = 0, 0.0
        if (out / "state.pt").exists():
            stored = torch.load(out / "state.pt", map_location=device, weights_only=True)
            self.gan.restore(stored)
            self.average.load_state_dict(stored["average"])
            self.step, self.spent = int(stored["step"]), float(stored["spent"])

    @property
    def done(self) -> float:
        """Share of the time that is over."""
        return min(1.0, self.spent / (60 * self.minutes))

    def learn(self, given: Given, rng: np.random.Generator) -> dict[str, float]:
        """One step of the generators and, once they paint passably, of the critic."""
        rate = RATE * min(1.0, (self.step + 1) / 60) * max(0.03, 1 - self.done)
        losses = self.gan.learn(given, rng, rate, judge=self.done > 0.35, heed=self.done > 0.4)
        self.average.update_parameters(self.gan.net)
        self.step += 1
        return losses

    def save(self) -> None:
        """The state to go on from, and the averaged weights as they ship."""
        more = {"average": self.average.state_dict(), "step": self.step, "spent": self.spent}
        keep_state(self.gan.state() | more, self.out)
        keep_tensors(self.average.module.state_dict(), self.out / "colorize.safetensors")

    def score(self, examples: list[Example], side: int) -> float:
        """PSNR, dB, of examples with twelve hints, their lines on top."""
        net = self.average.module.eval()
        errors = []
        for first in range(0, len(examples), 5):
            given = collect(examples[first : first + 5], np.random.default_rng(first), side, vary=False, hints=12)
            with torch.inference_mode():
                picture = net(given, torch.zeros(len(given.planes), 1, 1, 1))[0]
            line = given.planes[:, :1]
            errors += ((picture - given.colour) * (1 - line)).square().mean((1, 2, 3)).tolist()
        return float(np.mean([-10 * np.log10(max(e, 1e-9)) for e in errors]))


class Ground:
    """The examples, more of them as they are drawn."""

    def __init__(self, folder: Path | None, tiny: bool, share: float) -> None:
        self.folder, self.share = folder, share
        self.known: set[Path] = set()
        self.puppets: list[Example] = list(puppets(1, 12)) if tiny else []
        self.real: list[Example] = []
        self.look()

    def look(self) -> None:
        """Take in the chunks that are new."""
        for path in sorted(self.folder.glob("*.npz")) if self.folder else []:
            if path not in self.known:
                self.known.add(path)
                (self.real if path.name.startswith("real") else self.puppets).extend(load(path))

    def draw(self, count: int, rng: np.random.Generator) -> list[Example]:
        """Some of them."""
        held = min(HELD, len(self.puppets) // 3)
        return [
            self.real[rng.integers(len(self.real))]
            if self.real and rng.random() < self.share
            else self.puppets[rng.integers(held, len(self.puppets))]
            for _ in range(count)
        ]


def main() -> None:
    """Train until the time is up."""
    parser = parser_of(__doc__, minutes=60, every=100)
    parser.add_argument("--ground", type=Path, help="chunks written by colorize.ground")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--side", type=int, default=192)
    parser.add_argument("--colours", type=float, default=0.02, help="weight of the number of colours")
    parser.add_argument("--perceptual", type=float, default=0.4)
    parser.add_argument("--critic", type=float, default=0.05)
    parser.add_argument("--single", action="store_true", help="the yardstick: one stage of the same size")
    parser.add_argument("--refine", type=Path, metavar="WEIGHTS", help="train the refinement of these weights alone")
    parser.add_argument("--shading", type=float, default=0.0, help="how much more shaded and lit places count")
    parser.add_argument("--real", type=float, default=0.5, help="share of real drawings, where there are any")
    options = parser.parse_args()
    ready(options)
    cv2.setNumThreads(options.threads)
    if options.tiny:
        options.minutes, options.every, options.batch, options.side = 0.1, 4, 3, 96
    elif not options.ground:
        parser.error("there is nothing to train on: draw it with `python -m colorize.ground` first")
    ground = Ground(options.ground, options.tiny, options.real)
    weights = {name: getattr(options, name) for name in ("colours", "perceptual", "critic")}
    net = SingleStage() if options.single else RefinementAlone(options.refine) if options.refine else TwoStages()
    taught = 1.0 if options.refine else TAUGHT
    training = Training(options.out, options.minutes, weights, net, options.device, taught)
    training.gan.shading = options.shading
    rng = np.random.default_rng((options.seed, training.step))
    told: list[dict[str, float]] = []
    start = time.monotonic() - training.spent
    least = options.every if options.tiny else 0
    while training.done < 1 or training.step < least:
        given = collect(ground.draw(options.batch, rng), rng, options.side)
        told.append(training.learn(_on(given, options.device), rng))
        training.spent = time.monotonic() - start
        if training.step % options.every == 0:
            training.save()
            row = {"step": training.step, "minutes": training.spent / 60, "loss": sum(_mean(told).values())}
            row |= {"psnr": training.score(ground.puppets[: min(HELD, len(ground.puppets) // 3)], options.side)}
            note(options.out / "curve.csv", row | _mean(told))
            told.clear()
            ground.look()
    training.save()


def _on(given: Given, device: str) -> Given:
    moved = {n: v.to(device) for n, v in vars(given).items() if isinstance(v, Tensor)}
    return Given(offers=type(given.offers)(*(t.to(device) for t in given.offers)), **moved)


def _mean(told: list[dict[str, float]]) -> dict[str, float]:
    names = ("picture", "pointing", "splash", "free", "shade", "colours", "perceptual", "critic", "judged")
    return {n: float(np.mean([row.get(n, 0.0) for row in told])) for n in names}


if __name__ == "__main__":
    main()
