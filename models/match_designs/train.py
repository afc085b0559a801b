"""Train the matcher of `transfer-palette`.

``python -m match_designs.train --ground GROUND --out FOLDER`` learns from the examples that `match_designs.ground`
wrote. It goes on where it stopped (FOLDER/state.pt), writes its curve to FOLDER/curve.csv and the weights to
FOLDER/match_designs.safetensors. A third of the real characters and a quarter of the puppets are kept apart and scored;
``--all`` learns from them too. ``--tiny`` draws two puppets and runs the whole way in
under a minute.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import pad

from match_designs.ground import Example, puppets
from shiage.craft.matching import context
from shiage.nets.match_designs._model import GATES, PairNet
from training import keep_state, note

RATE = 4e-3
ROUNDS = 6  # in which the neighbours are heard, as in `craft.matching.assignment`


class Batch:
    """Rows of several examples, one a region; areas that an example has not are masked."""

    def __init__(self, examples: Sequence[Example]) -> None:
        widest = max(e.measured.shape[1] for e in examples)
        kept = [e.right.any(axis=1) & (e.weight > 0) for e in examples]
        columns = [widest - e.measured.shape[1] for e in examples]
        parts = list(zip(examples, kept, columns, strict=True))
        self.measured = torch.cat([pad(torch.from_numpy(e.measured[k]), (0, 0, 0, c)) for e, k, c in parts])
        self.right = torch.cat([pad(torch.from_numpy(e.right[k]), (0, c)) for e, k, c in parts])
        self.there = torch.cat([pad(torch.ones(e.right[k].shape, dtype=torch.bool), (0, c)) for e, k, c in parts])
        self.gates = torch.cat([torch.from_numpy(e.gates).expand(int(k.sum()), -1) for e, k, _ in parts])
        # Half as many pairs of one view as of two.
        self.weight = torch.cat([torch.from_numpy(e.weight[k]) * (1 if e.other_view else 1.5) for e, k, _ in parts])

    def loss(self, scores: Tensor) -> Tensor:
        """How unlikely the right areas are together, weighted, summed."""
        masked = scores.masked_fill(~self.there, -1e9)
        gain = masked.masked_fill(~self.right, -1e9).logsumexp(1) - masked.logsumexp(1)
        return -(self.weight * gain).sum()


class Training:
    """The network, its optimiser and where it is."""

    def __init__(self, examples: Sequence[Example], out: Path, epochs: int, batch: int) -> None:
        self.examples, self.out, self.epochs, self.batch = examples, out, epochs, batch
        self.net = PairNet()
        flat = np.concatenate([e.measured.reshape(-1, e.measured.shape[-1])[::7] for e in examples])
        self.net.mean.copy_(torch.from_numpy(flat.mean(axis=0)))
        self.net.spread.copy_(torch.from_numpy(flat.std(axis=0) + 0.05))
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=RATE, weight_decay=1e-2)
        steps = epochs * -(-len(examples) // batch)
        self.rate = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, RATE, steps)
        self.epoch = 0
        if (out / "state.pt").exists():
            stored = torch.load(out / "state.pt", weights_only=True)
            self.net.load_state_dict(stored["net"])
            self.optimiser.load_state_dict(stored["optimiser"])
            self.rate.load_state_dict(stored["rate"])
            self.epoch = int(stored["epoch"])

    def learn(self) -> float:
        """One epoch; gives the mean loss."""
        order = np.random.default_rng(self.epoch).permutation(len(self.examples))
        torch.manual_seed(self.epoch)
        self.net.train()
        total = weight = 0.0
        for first in range(0, len(order), self.batch):
            batch = Batch([self.examples[i] for i in order[first : first + self.batch]])
            loss = batch.loss(self.net(batch.measured, batch.gates))
            self.optimiser.zero_grad()
            torch.autograd.backward(loss / batch.weight.sum())
            self.optimiser.step()
            self.rate.step()
            total, weight = total + float(loss.detach()), weight + float(batch.weight.sum())
        self.epoch += 1
        self.net.eval()
        return total / weight

    def save(self) -> None:
        """The state to go on from."""
        stored: dict[str, Any] = {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict()}
        stored |= {"rate": self.rate.state_dict(), "epoch": self.epoch}
        keep_state(stored, self.out)


def fit_company(net: PairNet, examples: Sequence[Example], ridge: float = 1.0) -> None:
    """The weights of the context: first on each region's own guess, then on guesses that have settled."""
    own = [own_scores(net, e) for e in examples]
    for heard in (0, 2):
        rows = [_surroundings(e, o, settle(net, e, o, heard)) for e, o in zip(examples, own, strict=True)]
        weights = _logit(examples, rows, ridge)
        net.prior.fill_(float(weights[0]))
        net.company.copy_(weights[1:].reshape(GATES, -1).T)


def own_scores(net: PairNet, example: Example) -> NDArray[np.float64]:
    """(regions, areas), as the matcher gives them."""
    with torch.inference_mode():
        given = torch.from_numpy(example.measured)
        scores = net(given, torch.from_numpy(example.gates).expand(len(given), -1))
    return np.asarray(scores.double().log_softmax(1).numpy(), np.float64)


def settle(net: PairNet, example: Example, own: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    """The scores after some rounds of listening to the neighbours."""
    weights = np.concatenate([[float(net.prior)], net.company.T.reshape(-1).double().numpy()])
    scores = own
    for _ in range(rounds):
        scores = _surroundings(example, own, scores) @ weights
    return scores


def accuracy(net: PairNet, examples: Sequence[Example], rounds: int) -> float:
    """Share of regions whose colour is right, weighted as in the training."""
    hits = total = 0.0
    for example in examples:
        scores = settle(net, example, own_scores(net, example), rounds)
        swatch = _guess(example, scores)[1:].argmax(axis=1)
        best = np.where(example.swatch[None] == swatch[:, None], scores, -np.inf).argmax(axis=1)
        hits += float((example.right[np.arange(len(best)), best] * example.weight).sum())
        total += float(example.weight.sum())
    return hits / total


def _guess(example: Example, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each region's shares over the swatches, the background's row first."""
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = np.zeros((len(scores) + 1, example.company.shape[1]))
    shares[0, 0] = 1
    shares[1:] = likely / likely.sum(axis=1, keepdims=True) @ np.eye(shares.shape[1])[example.swatch]
    return shares


def _surroundings(e: Example, own: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Own score and gated context of every (region, area): (regions, areas, 1 + GATES x context features)."""
    heard = context.measure_context(
        e.touching, e.size, e.twin, _guess(e, scores), e.company, e.usual, e.swatch, e.spread
    )
    return np.concatenate([own[..., None], *(heard[1:] * gate for gate in e.gates)], axis=-1)


def _logit(examples: Sequence[Example], rows: Sequence[NDArray[np.float64]], ridge: float) -> Tensor:
    """Weights that make the right areas likely together."""
    batch = Batch([replace(e, measured=r.astype(np.float32)) for e, r in zip(examples, rows, strict=True)])
    found = torch.zeros(1 + GATES * len(context.NAMES))
    found[0] = 1
    found.requires_grad_(True)
    descent = torch.optim.LBFGS([found], max_iter=60, history_size=20, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        descent.zero_grad()
        total: Tensor = ridge * (found[1:] ** 2).sum() + batch.loss(batch.measured @ found)
        torch.autograd.backward(total)
        return total

    descent.step(loss)  # type: ignore[no-untyped-call]  # torch forgot its types
    return found.detach()


def split(examples: Sequence[Example]) -> tuple[list[Example], dict[str, list[Example]]]:
    """What is learned from, and what is kept apart: a third of the real characters, a quarter of the puppets."""
    apart: set[str] = set()
    for kind, share in (("real", 3), ("puppet", 4)):
        apart |= set(sorted({e.character for e in examples if _kind(e) == kind})[::share])
    held = {
        f"{kind} {view}": [e for e in examples if e.character in apart and _kind(e) == kind and e.other_view == other]
        for kind in ("real", "puppet")
        for view, other in (("same view", False), ("other view", True))
    }
    return [e for e in examples if e.character not in apart], {name: rows for name, rows in held.items() if rows}


def _kind(example: Example) -> str:
    return "puppet" if example.character.startswith("puppet") else "real"


def _weighed(examples: Sequence[Example]) -> list[Example]:
    """Real drawings count double."""
    return [e for e in examples for _ in range(2 if _kind(e) == "real" else 1)]


def main() -> None:
    """Train for some epochs, fit the context, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ground", type=Path, help="examples written by match_designs.ground")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--all", action="store_true", help="learn from what is otherwise kept apart, too")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--tiny", action="store_true")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(0)
    chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.tiny:
        examples, chosen.epochs, chosen.batch = list(puppets(1, 2)), 2, 4
    elif chosen.ground:
        examples = [Example.load(path) for path in sorted(chosen.ground.glob("*.npz"))]
    else:
        parser.error("there is nothing to learn from: write examples with `python -m match_designs.ground` first")
    learned, held = split(examples)
    if chosen.all:
        learned = list(examples)
    training = Training(_weighed(learned), chosen.out, chosen.epochs, chosen.batch)
    for row in _epochs(training, held):
        note(chosen.out / "curve.csv", row)
        training.save()
    training.net.eval()
    fit_company(training.net, learned[::2])
    for name, rows in held.items():
        told = ", ".join(f"{accuracy(training.net, rows, rounds):.3f} after {rounds} rounds" for rounds in (0, ROUNDS))
        print(f"{name}: {told}", flush=True)
    save_file(
        {name: t.contiguous() for name, t in training.net.state_dict().items()},
        chosen.out / "match_designs.safetensors",
    )


def _epochs(training: Training, held: dict[str, list[Example]]) -> Iterator[dict[str, float]]:
    start = time.monotonic()
    while training.epoch < training.epochs:
        row = {"loss": training.learn(), "minutes": (time.monotonic() - start) / 60}
        yield {"epoch": training.epoch} | row | {name: accuracy(training.net, rows, 0) for name, rows in held.items()}


if __name__ == "__main__":
    main()
