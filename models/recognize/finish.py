"""Make the file that ships from trained weights: add the strangers and the calibration.

``python -m recognize.finish TRAINED.safetensors... OUT.safetensors``. Of several trained weights of one descent the
mean is taken (model soups, Wortsman et al. 2022). The strangers are puppets that the training has not seen. The
calibration is fitted on such puppets and, where the benchmark drawings lie beside the checkout, on the real characters
that may be trained on; the held-out ones take no part.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file
from scipy.optimize import minimize

from recognize.ground import VIEWS, Ground, puppet_ground
from recognize.score import Asked, Trial, default_bench, evidence, sheet_trial, table
from recognize.split import read_index, split
from shiage.nets.look import Look
from shiage.nets.recognize import PLANES, STRANGERS, Album, Calibration, Prints, Recognizer
from shiage.nets.weights import read_tensors
from shiage.nets.zoo import file_hash

_STRANGERS_FROM, _ASKED_FROM = 900_000, 910_000  # seeds


def look_of_row(ground: Ground, row: int) -> Look:
    """One row of a ground as a Look."""
    return Look(ground.planes[row], bool(ground.painted[row]), (0, 0, 0, 0))


def strangers_of(ground: Ground, network: Recognizer) -> tuple[Prints, ...]:
    """Painted front and side of each puppet that has both."""
    found = []
    for who in range(int(ground.who.max()) + 1):
        rows = np.flatnonzero((ground.who == who) & ground.painted)
        both = [rows[ground.view[rows] == VIEWS.index(view)] for view in ("front", "side")]
        if all(len(some) for some in both):
            found.append(network.prints([look_of_row(ground, int(some[0])) for some in both]))
    return tuple(found)


def puppet_trial(ground: Ground) -> Trial:
    """Enrol puppets by front and side, half of them by the front alone; ask for their other views.

    Artists often have a single design, so the certainty has to know what that is worth.
    """
    enrolled: dict[str, list[Look]] = {}
    asked = []
    for row in range(len(ground.who)):
        name, look = str(ground.who[row]), look_of_row(ground, row)
        if VIEWS[ground.view[row]] in (("front", "side") if ground.who[row] % 2 else ("front",)):
            if look.painted:
                enrolled.setdefault(name, []).append(look)
        else:
            asked.append(Asked(look, name, VIEWS[ground.view[row]]))
    return Trial(enrolled, [a for a in asked if a.character in enrolled])


def trained_trial(bench: Path) -> Trial:
    """The real characters that may be trained on, and nobody else; every second one by its front alone, as above."""
    trained, _ = split(read_index(bench))
    whole = sheet_trial(bench, held_out=False)
    enrolled = {name: looks for name, looks in whole.enrolled.items() if name in trained}
    alone = sorted(enrolled)[::2]
    asked = [*whole.asked, *(Asked(enrolled[name][1], name, "side") for name in alone if len(enrolled[name]) > 1)]
    return Trial({name: looks[:1] if name in alone else looks for name, looks in enrolled.items()}, asked)


def fitted(facts: npt.NDArray[np.float64]) -> Calibration:
    """Logistic curves through the evidence, drawn a little towards flat ones."""

    def curve(rows: npt.NDArray[np.float64]) -> tuple[float, float, float]:
        x = np.column_stack([np.ones(len(rows)), rows[:, :2]])
        sign = np.where(rows[:, 3] > 0, 1.0, -1.0)

        def loss(w: npt.NDArray[np.float64]) -> float:
            return float(np.logaddexp(0, -sign * (x @ w)).mean() + 1e-3 * (w[1:] ** 2).sum())

        start, likeness, lead = minimize(loss, np.zeros(3)).x
        return float(start), float(likeness), float(lead)

    painted = facts[:, 2] > 0
    return Calibration(curve(facts[~painted]), curve(facts[painted]))


def mean_of(weights: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of networks' tensors, without strangers; counters are the last one's."""
    last = weights[-1]
    return {
        name: torch.stack([each[name].float() for each in weights]).mean(0).to(last[name].dtype)
        if last[name].is_floating_point()
        else last[name]
        for name in last
        if not name.startswith(STRANGERS)
    }


def main() -> None:
    """Write the file and print its entry for the zoo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    parser.add_argument("--bench", type=Path, default=default_bench())
    parser.add_argument("--strangers", type=int, default=160)
    parser.add_argument("--asked", type=int, default=40)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    tensors = mean_of([read_tensors(path) for path in options.trained])
    with tempfile.TemporaryDirectory() as folder:  # what ships is written whole, at the end
        save_file(tensors, Path(folder) / "mean.safetensors")
        network = Recognizer.load(Path(folder) / "mean.safetensors")
    strangers = strangers_of(puppet_ground(options.strangers, _STRANGERS_FROM, options.processes), network)
    network.cohort = Album(strangers)
    trials = [puppet_trial(puppet_ground(options.asked, _ASKED_FROM, options.processes))]
    if (options.bench / "characters").is_dir():
        trials.append(trained_trial(options.bench))
    facts = np.concatenate([evidence(trial, table(trial, network)) for trial in trials])
    calibration = fitted(facts)
    for plane in PLANES:
        rows = torch.from_numpy(np.concatenate([getattr(prints, plane) for prints in strangers]))
        tensors[STRANGERS + plane] = rows.half() if rows.is_floating_point() else rows
    notes = {"calibration": json.dumps({"lines": calibration.lines, "paint": calibration.paint})}
    save_file(tensors, options.out, metadata=notes)
    print(notes["calibration"])
    print(f'sha256 = "{file_hash(options.out)}"\nsize = {options.out.stat().st_size}')


if __name__ == "__main__":
    main()
