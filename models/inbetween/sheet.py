"""A contact sheet of frames between that no training has seen: ``python -m inbetween.sheet OUT.jpg``.

A row a pair: first key, the true frame, ours, second key; two pairs side by side. The last two have keys as films and
scans bring them: as JPEG of quality 60, and with grain.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import puppet
from grounds import Arrays
from inbetween.figures import figures
from inbetween.ground import pair, scene
from inbetween.score import WAYS
from photos import coded, grainy

_KINDS = ("flat", "cel", "line", "rough", "cel", "flat", "line", "cel")
_SPOILED = (partial(coded, quality=60), partial(grainy, levels=6.0, seed=1))
_BENT = 4  # figures that bend


def _row(drawn: Arrays) -> npt.NDArray[np.uint8]:
    made = WAYS["areas"](drawn["a"], drawn["b"], float(drawn["share"]))
    shown = (drawn["a"], drawn["m"], made, drawn["b"])
    row = [cv2.resize(picture, (224, 224), interpolation=cv2.INTER_AREA) for picture in shown]
    framed = cv2.copyMakeBorder(np.hstack(row), 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=(120, 120, 120))
    return np.asarray(framed, np.uint8)


def main() -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=777)
    options = parser.parse_args()
    wanted, number = list(_KINDS), 0
    pairs = [figures(puppet.sample_seed(options.seed, i)) for i in range(_BENT)]
    while wanted:
        seed = puppet.sample_seed(options.seed, number)
        number += 1
        kind = scene(seed)[1].kind
        if kind in wanted:
            wanted.remove(kind)
            pairs.append(pair(seed))
    for spoil, drawn in zip(_SPOILED, pairs[-2:], strict=True):
        drawn |= {key: spoil(drawn[key]) for key in ("a", "b")}
    rows = [_row(drawn) for drawn in pairs]
    sheet = np.vstack([np.hstack(rows[i : i + 2]) for i in range(0, len(rows), 2)])
    cv2.imwrite(str(options.out), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])


if __name__ == "__main__":
    main()
