"""Speed and memory of `relight`, as ratios measured side by side in one run.

    python tests/bench/bench_light.py [--picture FILE] [--repeats 5] [--large] [--sequence] [--clips DIR ...]

The yardstick is a plain NumPy transcription of the published method with the costs that its description names: the hull
of all pixels, every pixel's ray against every plane of the hull, a Python loop that gathers the hits, guided filters,
pyramids, and one full-precision pass a frame. It stands in for the reference implementation, which is not run here.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from peak_memory import peak
from shiage.craft.light import Light, Lighting, analyse, light, split

Field = NDArray[np.float32]


def slow_density(rgb: Field) -> Field:
    """Stroke density by rays against planes, 4,096 at a time, and a loop over the hits."""
    pixels = rgb.reshape(-1, 3)
    centre = pixels.mean(axis=0)
    hull = ConvexHull(pixels)
    normals, offsets = hull.equations[:, :3], hull.equations[:, 3]
    distance = np.linalg.norm(pixels - centre, axis=1)
    hits = np.zeros_like(pixels)
    count = np.zeros(len(pixels))
    for start in range(0, len(pixels), 4096):
        rays = pixels[start : start + 4096] - centre
        with np.errstate(divide="ignore", invalid="ignore"):
            along = -(normals @ centre + offsets) / (rays @ normals.T)
        along = np.where(along > 0, along, np.inf).min(axis=1)
        reached = np.isfinite(along)
        for index in np.flatnonzero(reached):
            hits[start + index] += centre + along[index] * rays[index]
            count[start + index] += 1
    far = np.linalg.norm(hits - centre, axis=1)
    ratio = np.where(count > 0, distance / np.maximum(far, 1e-6), 1.0)
    density = np.clip((1 - np.abs(1 - ratio)) * 1.2, 0, 1).reshape(rgb.shape[:2]).astype(np.float32)
    guide = np.floor(np.minimum(distance, 255)).reshape(rgb.shape[:2]).astype(np.float32)

    def mean(image: Field) -> Field:
        return np.asarray(cv2.blur(image, (3, 3), borderType=cv2.BORDER_REFLECT), np.float32)

    for _ in range(4):
        slope = (mean(guide * density) - mean(guide) * mean(density)) / (mean(guide**2) - mean(guide) ** 2 + 0.01)
        density = mean(slope) * guide + mean(mean(density) - slope * mean(guide))
    return np.clip(density, 0, 1)


def slow_normals(rgb: Field, density: Field) -> list[Field]:
    """(K, g_row, g_col) for each channel."""
    normals = []
    for channel in range(3):
        levels = [np.ascontiguousarray(rgb[..., channel])]
        for _ in range(5):
            levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
        sums: list[Field] = []
        for order in ((0, 1), (1, 0)):
            gathered: Field | None = None
            for level in reversed(levels):
                edge = np.asarray(cv2.Sobel(level, cv2.CV_32F, *order), np.float32)
                if gathered is not None:
                    edge = edge + 4 * cv2.resize(cv2.pyrUp(gathered), (level.shape[1], level.shape[0]))
                gathered = np.asarray(edge, np.float32)
            assert gathered is not None
            sums.append(gathered)
        rest = np.sqrt(1 - density**2) / np.hypot(*sums).max()
        normals.append(np.stack([density, sums[0] * rest, sums[1] * rest], axis=-1))
    return normals


def slow_frame(rgb: Field, normals: list[Field], x: float, y: float) -> NDArray[np.uint8]:
    """One position of the light."""
    towards = np.array([1.0, -y, -x])
    towards /= np.linalg.norm(towards)
    effects = [np.clip((normal * towards).sum(axis=-1), 0, 1) for normal in normals]
    lit = (0.45 + 0.85 * np.stack(effects, axis=-1)) * rgb
    return np.asarray((255 * (lit / 255) ** 1.0).clip(0, 255), np.uint8)


def best(action: Callable[[], object], repeats: int) -> float:
    """The least of ``repeats`` wall times, seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def drawn(size: int) -> NDArray[np.uint8]:
    """A painted-looking picture: smooth colours with grain, (size, size, 4)."""
    random = np.random.default_rng(7)
    coarse = random.random((12, 12, 3)).astype(np.float32)
    rgb = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC) * 255
    rgb += random.normal(0, 4, rgb.shape).astype(np.float32)
    return np.dstack([rgb.clip(0, 255).astype(np.uint8), np.full((size, size), 255, np.uint8)])


def against_the_slow_way(rgb: NDArray[np.uint8], repeats: int) -> None:
    slow = rgb.astype(np.float32)
    lighting = Lighting((Light(0.3, 0.2),))
    analysis = analyse(rgb, "reference")
    light(rgb, analysis, lighting)
    normals = slow_normals(slow, slow_density(slow))
    apart = np.abs(slow_frame(slow, normals, 0.3, 0.2).astype(int) - light(rgb, analysis, lighting)).mean()
    print(f"the two agree within {apart:.3f} levels in the mean")
    set_up = best(lambda: slow_normals(slow, slow_density(slow)), max(2, repeats // 2))
    ours = best(lambda: analyse(rgb, "reference"), repeats)
    print(f"set-up   slow {set_up * 1e3:8.1f} ms   ours {ours * 1e3:7.1f} ms   ratio {set_up / ours:6.1f}")
    frame = best(lambda: slow_frame(slow, normals, 0.1, 0.2), repeats)
    quick = best(lambda: light(rgb, analysis, lighting), repeats)
    print(f"a frame  slow {frame * 1e3:8.1f} ms   ours {quick * 1e3:7.1f} ms   ratio {frame / quick:6.1f}")
    whole = (set_up + frame) / (ours + quick)
    print(f"one picture from start to end: ratio {whole:.1f}")


def drag(repeats: int) -> None:
    pixels = drawn(1024)
    for style in ("reference", "painting", "flats"):
        analysis = analyse(pixels, style)
        first = best(lambda style=style: analyse(pixels, style), 2)  # type: ignore[misc]  # bound now
        moved = best(lambda analysis=analysis: light(pixels, analysis, Lighting((Light(0.3, 0.2),))), repeats * 3)  # type: ignore[misc]
        lit = light(pixels, analysis, Lighting())
        layers = best(lambda lit=lit: split(pixels, lit), repeats)  # type: ignore[misc]
        print(
            f"1 megapixel, {style:9}: analysis {first * 1e3:7.1f} ms, a moved light {moved * 1e3:6.1f} ms, "
            f"layers {layers * 1e3:6.1f} ms, {analysis.nbytes / 1e6:.1f} MB held"
        )


def large() -> None:
    """8K in bounded memory."""
    before = peak()
    pixels = np.ascontiguousarray(np.tile(drawn(1024), (5, 8, 1))[:4320, :7680])
    last = [time.perf_counter()]
    longest = [0.0]

    def check() -> None:
        now = time.perf_counter()
        longest[0], last[0] = max(longest[0], now - last[0]), now

    analysis = analyse(pixels, "painting", check=check)
    lit = light(pixels, analysis, Lighting(), check)
    split(pixels, lit, check=check)
    most = peak()
    print(
        f"7680 x 4320: peak {(most - before) / 2**20:.0f} MiB over the start (picture {pixels.nbytes / 2**20:.0f} MiB), "
        f"longest time between two checks {longest[0] * 1e3:.0f} ms"
    )


def puppet_clips(count: int, steps: int = 6) -> list[list[NDArray[np.uint8]]]:
    """Puppets that move over paper or before a scene."""
    from puppet import LineStyle, PaintStyle
    from puppet import clip as puppet_clip

    pen, finish = LineStyle(width=1.8), PaintStyle(shade="flat", background="white")
    made = []
    for seed in range(880_000, 880_000 + count):
        moving = puppet_clip(seed, 384)
        times = np.linspace(0, 0.5, steps)
        shown = [moving.frame(t, 384, pen, finish).colour for t in times]
        made.append([np.dstack([rgb[..., :3], np.full(rgb.shape[:2], 255, np.uint8)]) for rgb in shown])
    return made


def clips_of(folders: list[Path], steps: int = 6) -> list[list[NDArray[np.uint8]]]:
    """The first frames of clips that lie in folders as pictures."""
    from shiage.values.files import read_picture

    return [[read_picture(file).to_8bit() for file in sorted(folder.glob("*.png"))[:steps]] for folder in folders]


def sequence(clips: list[list[NDArray[np.uint8]]]) -> None:
    """How much more two frames of a clip that follow each other differ when lit than they do by themselves.

    Each clip is lit from two sides by `relight` with its first frame as the key frame. By clip: the mean difference of
    all lit pairs over that of the pairs themselves; and where nothing changes from one frame to the next, the levels by
    which the light still does.
    """
    from shiage.operations import run
    from shiage.values import Raster

    for style in ("painting", "flats"):
        ratios, still = [], []
        for frames in clips:
            for x in (-0.7, 0.7):
                given = {"style": style, "light_x": x, "light_y": -0.4}
                key = {"key_frame": [Raster(frames[0])]} if style == "painting" else {}
                lit = [run("relight", {"painting": [Raster(f)]} | key, given)["lit"][0].pixels for f in frames]  # type: ignore[union-attr]
                own, ours = _steps(frames), _steps(lit)
                ratios.append(ours.mean() / max(own.mean(), 1e-6))
                still.append(float(ours[own == 0].mean()))
        told = np.quantile(ratios, [0.5, 0.9, 1.0])
        print(
            f"sequence, {style:8}: lit frames differ {np.mean(ratios):.3f} times as much as the clip's own in the mean of "
            f"{len(ratios)} (median {told[0]:.3f}, nine in ten up to {told[1]:.2f}, most {told[2]:.2f}); "
            f"still pixels by {np.mean(still):.2f} levels",
            flush=True,
        )


def _steps(frames: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """(n - 1, h, w): by how many levels frames that follow each other differ."""
    stack = np.stack([frame[..., :3] for frame in frames]).astype(np.float64)
    return np.asarray(np.abs(np.diff(stack, axis=0)).mean(-1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, help="a picture of 512 x 512 (default: a drawn one)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="measure memory and cancelling at 8K too")
    parser.add_argument("--sequence", action="store_true", help="measure how still a lit clip is")
    parser.add_argument(
        "--clips", type=Path, nargs="+", help="folders of frames to measure that on, in place of puppets"
    )
    given = parser.parse_args()
    if given.sequence or given.clips:
        sequence(clips_of(given.clips) if given.clips else puppet_clips(12))
        return
    if given.picture:
        rgb = np.ascontiguousarray(cv2.imread(str(given.picture))[..., ::-1])
    else:
        rgb = np.ascontiguousarray(drawn(512)[..., :3])
    against_the_slow_way(rgb, given.repeats)
    drag(given.repeats)
    if given.large:
        large()


if __name__ == "__main__":
    main()
