"""Score colour propagation on puppet clips that no training has seen.

``python -m match_regions.score [--clips N] [--weights FILE] [--plain]``. Frame 0 of each clip is the coloured key; the
segments of the other frames count as in ../shared/bench/propagate: acc is the share of segments with the right colour,
foreground the share of their pixels.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import puppet
from shiage.craft.follow import Drawing, Matcher, Reference, carry_colours, fit
from shiage.craft.ink import read_ink
from shiage.craft.regions import regions_of_ink
from shiage.nets.match import RegionMatcher, matcher

PAGE = 448  # pixels a side
MOMENTS = 9


class Trial:
    """A clip with its truth. ``drawings``: the regions found; ``key``: the first one's colours; ``wanted``: (H, W)
    int64 a frame, the colour of each pixel, -1 on lines; ``segment``: (H, W) int32 a frame, the true segments, 0 =
    line.
    """

    def __init__(self, seed: int, gaps: bool, trace: float = 0.0) -> None:
        rng = np.random.default_rng((seed, 67))
        style = puppet.LineStyle.sample(rng, PAGE, closed=True)
        finish = puppet.PaintStyle.sample(rng, PAGE, trace=trace)
        clip = puppet.clip(int(rng.integers(1 << 31)), PAGE, toons=0.5)
        self.drawings: list[Drawing] = []
        self.wanted: list[npt.NDArray[np.int64]] = []
        self.segment: list[npt.NDArray[np.int32]] = []
        self.lines: list[npt.NDArray[np.uint8]] = []
        for i, t in enumerate(np.linspace(0, 1, MOMENTS)):
            cuts = int(rng.integers(3, 7)) if gaps and i else 0
            frame = clip.frame(float(t), PAGE, replace(style, gaps=cuts, seed=style.seed + i), finish)
            ink = read_ink(frame.line_rgba)
            self.drawings.append(Drawing(regions_of_ink(ink, None, slivers=True).labels, ink.coverage))
            packed = frame.palette.astype(np.int64) @ (65536, 256, 1)
            colour = np.append(1 << 24, packed[1:])[frame.regions.colour]
            self.wanted.append(np.where(frame.regions.label > 0, colour[frame.regions.label], -1))
            self.segment.append(frame.regions.label)
            self.lines.append(frame.line_rgba)
        self.names, _ = np.unique(self.wanted[0][self.wanted[0] >= 0], return_inverse=True)
        labels, wanted = self.drawings[0].labels, self.wanted[0]
        seen = wanted >= 0
        votes = np.zeros((int(labels.max()) + 1, len(self.names)))
        np.add.at(votes, (labels[seen], np.searchsorted(self.names, wanted[seen])), 1)
        self.key = np.where(votes.sum(1) > 0, votes.argmax(1), -1)[1:]

    def score(self, colours: list[npt.NDArray[np.int64]]) -> list[tuple[int, bool, bool]]:
        """Area, right, foreground of each true segment after the first frame whose colour the key has."""
        rows = []
        for drawing, wanted, segment, colour in list(
            zip(self.drawings, self.wanted, self.segment, colours, strict=True)
        )[1:]:
            painted = self.names[colour][drawing.labels - 1]
            count = int(segment.max()) + 1
            for s in range(1, count):
                here = segment == s
                want = wanted[here][0]
                if want in self.names:
                    values, counts = np.unique(painted[here], return_counts=True)
                    rows.append((int(here.sum()), bool(values[counts.argmax()] == want), bool(want != 1 << 24)))
        return rows


def trials(count: int, gaps: bool, seed: int = 700000) -> list[Trial]:
    """Clips apart from all training."""
    return [Trial(seed + i, gaps) for i in range(count)]


def measures(rows: list[list[tuple[int, bool, bool]]]) -> dict[str, float]:
    """Mean over the clips."""
    acc, foreground = [], []
    for clip in rows:
        area, right, front = (np.array(v) for v in zip(*clip, strict=True))
        acc.append(right.mean())
        foreground.append(area[right & front].sum() / max(1, area[front].sum()))
    return {"acc": float(np.mean(acc)), "foreground": float(np.mean(foreground))}


def score(found: list[Trial], how: Matcher) -> dict[str, float]:
    """Of one matcher."""
    rows = []
    for trial in found:
        carried = carry_colours(trial.drawings, {0: Reference(trial.key)}, matcher=how)
        rows.append(trial.score([one.colour for one in carried]))
    return measures(rows)


def main() -> None:
    """Print the scores as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=16)
    parser.add_argument("--weights", type=Path, help="another file than the one that ships")
    parser.add_argument("--plain", action="store_true", help="the matcher without a network")
    options = parser.parse_args()
    how: Matcher = fit if options.plain else RegionMatcher.load(options.weights) if options.weights else matcher()
    report = {}
    for name, gaps in (("closed", False), ("gaps", True)):
        report[name] = score(trials(options.clips, gaps), how)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
