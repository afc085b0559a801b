"""A sheet of puppet and cut-out clips coloured from their first frame, to look at.

``python -m match_regions.sheet OUT.jpg``: a row of two clips; of each the key, the last frame's lines, and the last
frame as it was coloured. Segments of a wrong colour are ringed in red; those that the answer lists as in doubt have a
blue dot.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from match_regions.score import NONE, Trial, puppets, things
from shiage.craft.follow import Carried, Reference, carry_colours
from shiage.nets.match import matcher

_CELL = 230
_DOUBT = 0.5
Picture = npt.NDArray[np.uint8]


def row(trial: Trial) -> Picture:
    """Key, lines, result; of the last frame."""
    carried = carry_colours(trial.drawings, {0: Reference(trial.key)}, matcher=matcher())
    key = _painted(trial, 0, Carried(np.maximum(trial.key, 0), np.ones(len(trial.key))))
    result = _painted(trial, -1, carried[-1])
    given = trial.names[carried[-1].colour][trial.drawings[-1].labels - 1]
    segment, wanted = trial.segment[-1], trial.wanted[-1]
    for s in range(1, int(segment.max()) + 1):
        here = segment == s
        values, counts = np.unique(given[here], return_counts=True)
        if values[counts.argmax()] != wanted[here][0]:
            wrong, _ = cv2.findContours(here.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(result, wrong, -1, (230, 20, 20), 2)
    for region in np.flatnonzero(carried[-1].sure < _DOUBT) + 1:
        ys, xs = np.nonzero(trial.drawings[-1].labels == region)
        cv2.circle(result, (int(xs[len(xs) // 2]), int(ys[len(ys) // 2])), 4, (20, 70, 230), -1)
    lines = np.dstack([255 - trial.drawings[-1].lines] * 3)
    cells = [cv2.resize(p, (_CELL, _CELL), interpolation=cv2.INTER_AREA) for p in (key, lines, result)]
    return np.asarray(np.concatenate(cells, axis=1), np.uint8)


def _painted(trial: Trial, frame: int, found: Carried) -> Picture:
    packed = trial.names[found.colour]
    rgb = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], 1)
    rgb[packed == NONE] = 255
    drawing = trial.drawings[frame]
    light = 1 - drawing.lines[..., None] / 255.0
    return np.asarray(np.rint(rgb[drawing.labels - 1] * light), np.uint8)


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--seed", type=int, default=710000)
    options = parser.parse_args()
    makers = (partial(puppets, trace=0.25), partial(puppets, trace=0.25), things)
    rows = [row(makers[i % 3](options.seed + i, i % 2 == 1)) for i in range(options.clips)]
    both = [np.concatenate(rows[i : i + 2], axis=1) for i in range(0, len(rows) - 1, 2)]
    sheet = np.ascontiguousarray(np.concatenate(both))[..., ::-1]
    cv2.imwrite(str(options.out), sheet, [cv2.IMWRITE_JPEG_QUALITY, 84])


if __name__ == "__main__":
    main()
