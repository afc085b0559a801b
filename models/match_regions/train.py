"""Train the network that matches regions.

``python -m match_regions.train --ground FOLDER --out FOLDER`` trains on puppets drawn by `match_regions.ground`;
families that are drawn meanwhile are taken in. It goes on where it stopped (OUT/state.pt), writes its curve to
OUT/curve.csv and the weights to OUT/match_regions.safetensors. ``--tiny`` runs the whole way on a few puppets in
under a minute.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch import Tensor

from match_regions.batches import Batch, Family, collate, load, vary
from match_regions.ground import draw_families
from match_regions.through import spread_loss
from shiage.nets.match._model import Drawings, MatchNet, shares
from shiage.nets.match._see import LOG_FIT
from shiage.nets.weights import fill, read_tensors
from training import Training, note, parser_of, ready

_HELD = "held"  # the folder, in the ground, of families that are kept apart


def run(net: MatchNet, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Log shares of every region of a among b's and nobody, (P, N, N + 1), the other way round, and who is there."""
    given = batch.drawings
    regions, bias = net.regions(given)
    a, b = batch.a, batch.b
    scores, nobody_a, nobody_b = net.pairs(
        (regions[a], bias[a], given.there[a]), (regions[b], bias[b], given.there[b]), batch.across
    )
    forward = shares(scores, nobody_a, given.there[b])
    return forward, shares(scores.transpose(1, 2), nobody_b, given.there[a]), given.there[a], given.there[b]


_PAIRS, _SPREAD = 0.5, 2.0  # how much each loss counts


def loss_of(net: MatchNet, batch: Batch) -> Tensor:
    """Pair by pair, and of the colours that spread over the links (`match_regions.through`).

    Of a pair, both ways: a region's share must fall on regions of its own area, and of its own colour; where the other
    drawing has none of its area, on its colour alone, and where it has not that either, on nobody.
    """
    forward, back, _, _ = run(net, batch)
    return _PAIRS * _of_pairs(forward, back, batch) + _SPREAD * spread_loss(forward, back, batch)


def _of_pairs(forward: Tensor, back: Tensor, batch: Batch) -> Tensor:
    group, colour = batch.group, batch.colour
    a, b = batch.a, batch.b
    there = _missed(forward, group[a], group[b], colour[a], colour[b])
    return there + _missed(back, group[b], group[a], colour[b], colour[a])


def _missed(log: Tensor, mine: Tensor, theirs: Tensor, my_colour: Tensor, their_colour: Tensor) -> Tensor:
    own = (mine[:, :, None] == theirs[:, None]) & (theirs[:, None] >= 0)
    painted = (my_colour[:, :, None] == their_colour[:, None]) & (their_colour[:, None] >= 0)
    has, has_colour = own.any(2), painted.any(2)
    nobody = log[..., -1]
    of_own = _over(log[..., :-1], own)
    of_colour = _over(log[..., :-1], painted | own)
    reward = torch.where(has, 0.5 * of_own + 0.5 * of_colour, torch.where(has_colour, of_colour, nobody))
    asked = mine >= 0
    weight = asked * torch.where(has, 1.0, 0.5)
    return -(reward * weight).sum() / weight.sum().clamp(min=1)


def _over(log: Tensor, chosen: Tensor) -> Tensor:
    return log.masked_fill(~chosen, -30.0).logsumexp(2)


def right(net: MatchNet, families: list[Family], device: str) -> dict[str, float]:
    """Share of regions whose colour is told rightly by the votes of another drawing's, by the network and by
    geometry.
    """
    marks: dict[str, list[float]] = {"network": [], "plain": [], "sure": []}
    with torch.inference_mode():
        for family in families:
            batch = on(collate([family]), device)
            forward, _, _, _ = run(net, batch)
            plain = torch.exp(batch.across[..., 0] * LOG_FIT)
            for i in range(len(batch.a)):
                mine, theirs = batch.colour[batch.a[i]], batch.colour[batch.b[i]]
                asked = (mine >= 0) & (mine[:, None] == theirs[None]).any(1)
                names, index = torch.unique(theirs, return_inverse=True)
                vote = torch.nn.functional.one_hot(index, len(names)).float() * (theirs >= 0)[:, None]
                for name, table in (("network", forward[i, :, :-1].exp()), ("plain", plain[i])):
                    told = table @ vote
                    best = names[told.argmax(1)]
                    marks[name] += (best == mine)[asked].float().tolist()
                    if name == "network":
                        marks["sure"] += told.max(1).values[asked].tolist()
    return {name: float(np.mean(values)) for name, values in marks.items()}


def on(batch: Batch, device: str) -> Batch:
    """The batch on a device."""
    if device == "cpu":
        return batch
    parts = {name: value.to(device) for name, value in vars(batch).items() if isinstance(value, Tensor)}
    drawings = Drawings(**{name: value.to(device) for name, value in vars(batch.drawings).items()})
    return Batch(drawings=drawings, **parts)


class Matching(Training[MatchNet]):
    """The matching network and its loss."""

    def __init__(self, out: Path, minutes: float, device: str, start: Path | None = None) -> None:
        net = MatchNet()
        if start:
            fill(net, read_tensors(start), start)
        rate = 5e-4 if start else 1.2e-3  # weights that know something are not to be shaken
        super().__init__(
            net.to(device), out, minutes, device, rate=rate, warm=100, decay=0.02, clip=1.0, betas=(0.9, 0.98)
        )

    def see(self, batch: Batch) -> float:
        """One step; gives the loss."""
        with self.forward():
            loss = loss_of(self.net, on(batch, self.device))
        return self.learn(loss)


def main() -> None:
    """Train until the time is up."""
    parser = parser_of(__doc__, minutes=75, every=150)
    parser.add_argument("--ground", type=Path, help="a folder of families drawn by match_regions.ground")
    parser.add_argument("--start", type=Path, metavar="WEIGHTS", help="weights to begin with, instead of chance")
    parser.add_argument("--batch", type=int, default=3, help="families a step")
    options = parser.parse_args()
    ready(options)
    if options.tiny:
        options.ground = options.out / "ground"
        draw_families(options.ground / _HELD, 2, 1, 1)
        draw_families(options.ground, 8, 3, 1)
        options.minutes, options.every, options.batch = 0.15, 4, 2
    elif not options.ground:
        parser.error("there is nothing to train on: draw puppets with `python -m match_regions.ground` first")
    held = [load(path) for path in sorted((options.ground / _HELD).glob("*.npz"))]
    training = Matching(options.out, options.minutes, options.device, options.start)
    rng = np.random.default_rng((options.seed, training.step))
    losses: list[float] = []
    paths = sorted(options.ground.glob("*.npz"))
    while not training.over:
        chosen = [vary(load(paths[i]), rng) for i in rng.integers(0, len(paths), options.batch)]
        losses.append(training.see(collate(chosen)))
        if training.step % options.every == 0 or training.over:
            training.save("match_regions")
            row = training.row(float(np.mean(losses)))
            row |= right(training.averaged, held, options.device)
            note(options.out / "curve.csv", row)
            losses, paths = [], sorted(options.ground.glob("*.npz"))
    training.save("match_regions")


if __name__ == "__main__":
    main()
