"""Score colour propagation on clips of puppets, cut-outs and vector scenes that no training has seen.

``python -m match_regions.score [--clips N] [--weights FILE] [--plain]``. Frame 0 of each clip is the coloured key; the
segments of the other frames count as in ../shared/bench/propagate: acc is the share of segments with the right colour,
foreground the share of their pixels. flicker is the share of areas that change their colour from one frame to the
next while their true colour stays.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

import puppet
from match_regions.cutouts import cutouts
from match_regions.ground import Frame
from match_regions.scenes import vector_scene
from match_regions.vector import Pen
from shiage.craft.follow import Drawing, Matcher, Reference, carry_colours, fit
from shiage.craft.follow.read import clip_regions
from shiage.craft.ink import read_ink
from shiage.nets.match import RegionMatcher, matcher

PAGE = 448  # pixels a side
MOMENTS = 9
SEED = 700000
NONE = 1 << 24  # what the background is painted with
Ids = npt.NDArray[np.int64]


class Trial:
    """A clip with its truth, from its rendered frames.

    ``drawings``: the regions found. ``names``: the key's colours; ``key``: the index of each of its regions' colour.
    ``wanted``: (H, W) int64 a frame, the colour of each pixel, -1 on lines. ``segment``: (H, W) int32 a frame, the true
    segments, 0 = line. ``whose``: (H, W) int64 a frame, the area that each pixel belongs to, the same in all frames.
    """

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.drawings: list[Drawing] = []
        self.wanted: list[Ids] = []
        for frame in frames:
            ink = read_ink(frame.line_rgba)
            self.drawings.append(Drawing(clip_regions(ink), ink.coverage))
            packed = frame.palette.astype(np.int64) @ (65536, 256, 1)
            colour = np.append(NONE, packed[1:])[frame.regions.colour]
            self.wanted.append(np.where(frame.regions.label > 0, colour[frame.regions.label], -1))
        self.segment = [frame.regions.label for frame in frames]
        self.whose = [frame.regions.group[frame.regions.label] for frame in frames]
        labels, wanted = self.drawings[0].labels, self.wanted[0]
        seen = wanted >= 0
        self.names = np.unique(wanted[seen])
        votes = np.zeros((int(labels.max()) + 1, len(self.names)))
        np.add.at(votes, (labels[seen], np.searchsorted(self.names, wanted[seen])), 1)
        self.key = np.where(votes.sum(1) > 0, votes.argmax(1), -1)[1:]

    def score(self, painted: list[Ids]) -> list[tuple[int, bool, bool]]:
        """Area, right, foreground of each true segment after the first frame whose colour the key has."""
        rows = []
        for picture, wanted, segment in zip(painted[1:], self.wanted[1:], self.segment[1:], strict=True):
            for s in range(1, int(segment.max()) + 1):
                here = segment == s
                want = wanted[here][0]
                if want in self.names:
                    rows.append((int(here.sum()), bool(_most(picture[here]) == want), bool(want != NONE)))
        return rows

    def flicker(self, painted: list[Ids]) -> list[bool]:
        """For each area in two frames that follow each other, of one true colour: whether its given colour changes."""
        told = []
        for picture, whose, wanted in zip(painted, self.whose, self.wanted, strict=True):
            at = {int(g): (whose == g) & (wanted >= 0) for g in np.unique(whose)}
            told.append({g: (_most(wanted[here]), _most(picture[here])) for g, here in at.items() if here.any()})
        return [
            one[g][1] != other[g][1]
            for one, other in pairwise(told)
            for g in one.keys() & other.keys()
            if one[g][0] == other[g][0]
        ]


def _most(values: Ids) -> int:
    found, counts = np.unique(values, return_counts=True)
    return int(found[counts.argmax()])


def puppets(seed: int, gaps: bool, trace: float = 0.0) -> Trial:
    """A clip of puppets."""
    rng = np.random.default_rng((seed, 67))
    style, finish = puppet.LineStyle.sample(rng, PAGE), puppet.PaintStyle.sample(rng, PAGE, trace=trace)
    clip = puppet.clip(int(rng.integers(1 << 31)), PAGE, toons=0.5)
    return Trial([clip.frame(t, PAGE, _cut(style, i, gaps, rng), finish) for i, t in enumerate(_times())])


def things(seed: int, gaps: bool) -> Trial:
    """A clip of cut-outs."""
    rng = np.random.default_rng((seed, 67))
    style, finish = puppet.LineStyle.sample(rng, PAGE), puppet.PaintStyle.sample(rng, PAGE)
    clip = cutouts(int(rng.integers(1 << 31)), PAGE)
    return Trial([clip.frame(t, _cut(style, i, gaps, rng), finish) for i, t in enumerate(_times())])


def vectors(seed: int, gaps: bool) -> Trial:
    """A clip of a vector scene."""
    rng = np.random.default_rng((seed, 67))
    pen, scene = Pen.sample(rng, PAGE), vector_scene(int(rng.integers(1 << 31)), PAGE)
    cuts = [int(rng.integers(3, 7)) if gaps and i else 0 for i in range(MOMENTS)]
    return Trial([scene.frame(t, replace(pen, gaps=cuts[i], seed=pen.seed + i)) for i, t in enumerate(_times())])


def _times() -> list[float]:
    return [float(t) for t in np.linspace(0, 1, MOMENTS)]


def _cut(style: puppet.LineStyle, frame: int, gaps: bool, rng: np.random.Generator) -> puppet.LineStyle:
    """The key's lines are whole; later frames are cut at other places each."""
    return replace(style, gaps=int(rng.integers(3, 7)) if gaps and frame else 0, seed=style.seed + frame)


def score(make: Callable[[int, bool], Trial], gaps: bool, clips: int, how: Matcher) -> dict[str, float]:
    """Means over the clips."""
    acc, foreground, flicker = [], [], []
    for seed in range(SEED, SEED + clips):
        trial = make(seed, gaps)
        carried = carry_colours(trial.drawings, {0: Reference(trial.key)}, matcher=how)
        painted = [trial.names[c.colour][d.labels - 1] for c, d in zip(carried, trial.drawings, strict=True)]
        area, right, front = (np.array(v) for v in zip(*trial.score(painted), strict=True))
        acc.append(right.mean())
        foreground.append(area[right & front].sum() / max(1, area[front].sum()))
        flicker += trial.flicker(painted)
    measured = {"acc": acc, "foreground": foreground, "flicker": flicker}
    return {name: round(float(np.mean(values)), 4) for name, values in measured.items()}


def main() -> None:
    """Print the scores as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=14, help="of each kind")
    parser.add_argument("--weights", type=Path, help="another file than the one that ships")
    parser.add_argument("--plain", action="store_true", help="the matcher without a network")
    options = parser.parse_args()
    how: Matcher = fit if options.plain else RegionMatcher.load(options.weights) if options.weights else matcher()
    report = {}
    for name, make, gaps in (
        ("puppets", puppets, False),
        ("puppets, gaps", puppets, True),
        ("cut-outs", things, False),
        ("cut-outs, gaps", things, True),
        ("vector scenes", vectors, False),
        ("vector scenes, gaps", vectors, True),
    ):
        report[name] = score(make, gaps, options.clips, how)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
