"""How good in-betweens are on pairs that no training has seen, against plain ones.

``python -m inbetween.score --pairs 40`` draws pairs of each kind and prints, for each way of making the frame between:
PSNR and SSIM over what moves, and how much of it is dissolved. ``--ground FOLDER`` takes pairs that are drawn already;
``--figures`` draws figures that bend instead of puppets and cut-outs. ``--jpeg`` and ``--grain`` spoil the keys first.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.metrics import structural_similarity

import puppet
from grounds import Arrays
from inbetween.batches import load
from inbetween.figures import figures
from inbetween.ground import pair, scene
from photos import coded, grainy

_FLAT, _OFTEN = 6, 20  # levels that colours differ within 3 x 3 pixels that are flat; of how many pixels a paint is

Picture = npt.NDArray[np.uint8]
Way = Callable[[Picture, Picture, float], Picture]


def blend(a: Picture, b: Picture, t: float) -> Picture:
    """The plain blend."""
    return np.asarray(np.rint(a * (1.0 - t) + b * t), np.uint8)


def by_flow(a: Picture, b: Picture, t: float) -> Picture:
    """Both keys warped by DIS flow, and blended."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (a, b)]
    # None: nothing to start from, which its stub forgot.
    ahead, back = (dis.calc(grey[i], grey[1 - i], None) for i in (0, 1))  # type: ignore[call-overload]
    y, x = np.mgrid[0 : a.shape[0], 0 : a.shape[1]].astype(np.float32)

    def warped(key: Picture, flow: cv2.typing.MatLike, share: float) -> Picture:
        at = x - share * flow[..., 0], y - share * flow[..., 1]
        return np.asarray(cv2.remap(key, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return blend(warped(a, ahead, t), warped(b, back, 1 - t), t)


def _by_pair(a: Picture, b: Picture, t: float, *, net: bool, areas: bool) -> Picture:
    from shiage.craft.between import Pair
    from shiage.nets.inbetween import guesser
    from shiage.nets.match import matcher

    keys = [np.dstack([key, np.full(key.shape[:2], 255, np.uint8)]) for key in (a, b)]
    found = Pair(
        keys[0], keys[1], matcher(),
        style="paint" if net else None, guesser=guesser("auto" if net else "areas"), areas=areas,
    )  # fmt: skip
    return np.asarray(found.at(t).pixels[..., :3], np.uint8)


WAYS: dict[str, Way] = {
    "blend": blend,
    "flow": by_flow,
    "areas": partial(_by_pair, net=False, areas=True),
    "both": partial(_by_pair, net=True, areas=True),
    "network": partial(_by_pair, net=True, areas=False),
}


def marks(drawn: Arrays, made: Picture) -> tuple[float, float]:
    """PSNR and SSIM over what moves, grown by 6 px."""
    a, m, b = (drawn[k].astype(np.int16) for k in "amb")
    moves = np.max([np.abs(one - other).max(2) for one, other in ((a, b), (m, a), (m, b))], 0) > 12
    moves = cv2.dilate(moves.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))) > 0
    if not moves.any():
        return 60.0, 1.0
    error = float(((made.astype(np.float64) - m) ** 2)[moves].mean())
    _, ssim = structural_similarity(  # type: ignore[no-untyped-call]  # its package has no types
        drawn["m"], made, channel_axis=2, data_range=255, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    return min(60.0, 10 * float(np.log10(255**2 / max(error, 1e-9)))), float(ssim.mean(2)[moves].mean())


def dissolved(drawn: Arrays, made: Picture) -> float:
    """Percent of what moves that is in no colour that either key has flat, where it is wider than the mixtures of a
    border are; less what the true frame has of it. A frame of whole areas has about none.
    """
    a, b, true = (np.asarray(drawn[k], np.uint8) for k in "abm")
    known = np.zeros((32, 32, 32), bool)
    for key in (a, b):
        spread = cv2.morphologyEx(key, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(2)
        flat, often = np.unique(key[spread <= _FLAT] // 8, axis=0, return_counts=True)
        known[tuple(flat[often >= _OFTEN].T)] = True
    known = ndimage.binary_dilation(known, np.ones((3, 3, 3)))
    moves = np.abs(a.astype(np.int16) - b).max(2) > 12
    moves = cv2.dilate(moves.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0

    def share(picture: Picture) -> float:
        strange = ~known[tuple(np.moveaxis(picture // 8, 2, 0))]
        wide = cv2.morphologyEx(strange.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        return 100 * float(wide[moves].sum()) / max(1, int(moves.sum()))

    return share(made) - share(true)


def _pair(seed: int, options: argparse.Namespace) -> tuple[Arrays, str]:
    """A pair and what kind it is."""
    if options.figures:
        return figures(seed), "bends"
    path = options.ground / f"{seed}.npz" if options.ground else None
    return load(path) if path and path.exists() else pair(seed), scene(seed)[1].kind


def _spoiled(key: Picture, seed: int, options: argparse.Namespace) -> Picture:
    """A key as a film or a scan would bring it."""
    if options.grain:
        key = grainy(key, options.grain, seed)
    return coded(key, options.jpeg) if options.jpeg else key


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=424242)
    parser.add_argument("--ground", type=Path)
    parser.add_argument("--figures", action="store_true", help="figures that bend")
    parser.add_argument("--ways", default="blend,flow,areas,both,network")
    parser.add_argument("--jpeg", type=int, default=0, metavar="QUALITY", help="keys are coded so, 1..100")
    parser.add_argument("--grain", type=float, default=0, metavar="LEVELS", help="keys have such noise, of 255")
    parser.add_argument("--pictures", type=Path, help="a folder for what was made, beside keys and truth")
    options = parser.parse_args()
    table: dict[tuple[str, str], list[tuple[float, ...]]] = defaultdict(list)
    spent: dict[str, float] = defaultdict(float)
    for i in range(options.pairs):
        drawn, kind = _pair(puppet.sample_seed(options.seed, i), options)
        a, b = (_spoiled(drawn[key], 2 * i + n, options) for n, key in enumerate("ab"))
        shown = [a, drawn["m"], b]
        line = []
        for name in options.ways.split(","):
            start = time.process_time()
            made = WAYS[name](a, b, float(drawn["share"]))
            spent[name] += time.process_time() - start
            table[name, kind].append((*marks(drawn, made), dissolved(drawn, made)))
            table[name, "all"].append(table[name, kind][-1])
            line.append(f"{name} {table[name, kind][-1][0]:.2f}")
            shown.append(made)
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(options.pictures / f"{i:03d}_{kind}.png"), np.hstack(shown)[..., ::-1])
        print(i, kind, *line, flush=True)
    for (name, kind), rows in sorted(table.items(), key=lambda item: item[0][::-1]):
        psnr, ssim, strange = np.mean(rows, 0)
        print(f"{kind:6s} {name:8s} {len(rows):4d} pairs  PSNR {psnr:.2f}  SSIM {ssim:.3f}  dissolved {strange:.2f} %")
    print({name: f"{seconds / options.pairs:.2f} s" for name, seconds in spent.items()})


if __name__ == "__main__":
    main()
