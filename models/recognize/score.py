"""Score the recognition on characters that it was not trained on.

``python -m recognize.score [--bench ../shared/bench] [--weights FILE]`` enrols every character by its front and side
and asks for the held-out characters' backs and the figures of their sheets; then for their sides where their front
alone is known; then for the palette benchmark's sketches with its designs enrolled among all the others.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognize.split import ALSO_IN_PALETTE, looks, read_index, split
from shiage.nets.recognize import Album, Calibration, Look, Question, Recognizer, lead_of

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Asked:
    """A figure whose character is known to the score alone."""

    look: Look
    character: str
    source: str


@dataclass(frozen=True)
class Trial:
    """Characters enrolled by some looks, and figures asked for."""

    enrolled: dict[str, list[Look]]
    asked: list[Asked]


def default_bench() -> Path:
    """The benchmark drawings beside the checkout."""
    return Path(os.environ.get("SHIAGE_SHARED", ROOT.parent / "shared")) / "bench"


def sheet_trial(bench: Path, *, held_out: bool = True) -> Trial:
    """Enrol all 56 by front and side; ask for the other drawings of the held-out (or trained) ones."""
    drawings = read_index(bench)
    trained, kept = split(drawings)
    enrolled: dict[str, list[Look]] = {}
    asked = []
    for drawing in drawings:
        found = looks(drawing.file)
        if drawing.view in ("front", "side"):
            enrolled.setdefault(drawing.character, []).append(found[0])
        elif drawing.character in (kept if held_out else trained):
            chosen = found if drawing.view == "sheet" else found[:1]
            asked += [Asked(look, drawing.character, drawing.view) for look in chosen]
    return Trial(enrolled, asked)


def front_trial(bench: Path) -> Trial:
    """Enrol the held-out characters by their front alone and the others by front and side; ask for the held-out sides.

    The hardest case: nothing that is asked for was seen from its side, and everybody else was.
    """
    drawings = read_index(bench)
    _, kept = split(drawings)
    both = sheet_trial(bench).enrolled
    single = {d.character: looks(d.file)[0] for d in drawings if d.view == "front"}
    sides = {d.character: looks(d.file)[0] for d in drawings if d.view == "side"}
    enrolled = {name: [single[name]] if name in kept and name in single else known for name, known in both.items()}
    return Trial(
        enrolled, [Asked(sides[name], name, "side") for name in sorted(kept) if name in single and name in sides]
    )


def palette_trial(bench: Path) -> Trial:
    """Enrol the palette benchmark's two characters by their first design among the others; ask for their sketches."""
    others = sheet_trial(bench).enrolled
    enrolled = {name: looks for name, looks in others.items() if name != ALSO_IN_PALETTE}
    asked = []
    for name in ("Anime001", "Anime008"):
        for design in sorted((bench / "palette" / "design").glob(f"{name}_CHD_0*.png")):
            enrolled.setdefault(name, []).append(looks(design)[0])
        for sketch in sorted((bench / "palette" / "sketch").glob(f"{name}_*")):
            asked.append(Asked(looks(sketch)[0], name, sketch.stem))
    return Trial(enrolled, asked)


@dataclass(frozen=True, eq=False)
class Likenesses:
    """known: (asked, enrolled) likeness of each figure to each character. strangers: (asked, n) to the puppets."""

    known: npt.NDArray[np.float32]
    strangers: npt.NDArray[np.float32]


def table(trial: Trial, network: Recognizer) -> Likenesses:
    """Every figure asked for against every character."""
    known = Album([network.prints(looks) for looks in trial.enrolled.values()], network.cohort)
    questions = [Question(network.prints([asked.look]), network.cohort) for asked in trial.asked]
    alike = np.array([q.likenesses(known) for q in questions], np.float32)
    apart = np.array([q.apart() for q in questions], np.float32)
    return Likenesses(alike, apart.reshape(len(questions), -1))


def evidence(trial: Trial, alike: Likenesses) -> npt.NDArray[np.float64]:
    """(2 * asked, 4): best likeness, lead, painted, and whether the likeliest character is the right one.

    Each figure is asked for twice: with its character among the enrolled, and with it away (nobody is right then).
    """
    names = list(trial.enrolled)
    rows = []
    for away in (False, True):
        for asked, known, apart in zip(trial.asked, alike.known, alike.strangers, strict=True):
            own = names.index(asked.character)
            given = np.delete(known, own) if away else known
            best = int(given.argmax())
            lead = lead_of(float(given[best]), [*np.delete(given, best), *apart])
            rows.append((float(given[best]), lead, float(asked.look.painted), float(not away and best == own)))
    return np.array(rows)


def measures(trial: Trial, alike: Likenesses, calibration: Calibration) -> dict[str, float]:
    """Shares 0..1: top1, top5; auroc of the certainty: figures with their character enrolled against with it away."""
    names = list(trial.enrolled)
    own = np.array([names.index(asked.character) for asked in trial.asked])
    rank = (alike.known > alike.known[np.arange(len(own)), own][:, None]).sum(1)
    result = {"asked": float(len(own)), "top1": float((rank < 1).mean()), "top5": float((rank < 5).mean())}
    facts = evidence(trial, alike)
    sure = np.array([calibration.certainty(best, lead, painted=bool(p)) for best, lead, p, _ in facts])
    known, unknown = sure[: len(own)], sure[len(own) :]
    result["auroc"] = float((known[:, None] > unknown).mean() + 0.5 * (known[:, None] == unknown).mean())
    result["brier"] = float(((sure - facts[:, 3]) ** 2).mean())
    for name, chosen in _subsets(trial).items():
        if chosen.any():
            result[f"top1 {name}"] = float((rank[chosen] < 1).mean())
    return result


def _subsets(trial: Trial) -> dict[str, npt.NDArray[np.bool_]]:
    painted = np.array([asked.look.painted for asked in trial.asked])
    single = np.array([asked.source != "sheet" for asked in trial.asked])
    return {"backs, colour": painted & single, "backs, line": ~painted & single, "line": ~painted, "colour": painted}


def main() -> None:
    """Print the scores as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, default=default_bench())
    parser.add_argument("--weights", type=Path, help="another file than the one that ships")
    options = parser.parse_args()
    network = Recognizer.load(options.weights)
    report = {}
    trials = {"held out": sheet_trial, "held out, side from front alone": front_trial, "palette": palette_trial}
    for name, make in trials.items():
        trial = make(options.bench)
        report[name] = measures(trial, table(trial, network), network.calibration)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
