"""``shiage eval colors|frames|psnr|ssim|lpips|fid REAL FAKE``, ``eval leaks PAINT LINES``: results measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadInput, MissingWeights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

_REAL = click.argument("real", type=click.Path(path_type=Path), metavar="REAL")
_FAKE = click.argument("fake", type=click.Path(path_type=Path), metavar="FAKE")
_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group("eval")
def evaluate() -> None:
    """Measure results against what they should be. REAL and FAKE are pictures, or folders of pictures of one name."""


@evaluate.command()
@_REAL
@_FAKE
@_JSON
def psnr(real: Path, fake: Path, as_json: bool) -> None:
    """Peak signal-to-noise ratio, dB: higher is nearer."""
    from ..craft.likeness import psnr as measure

    _each("psnr", measure, real, fake, as_json)


@evaluate.command()
@_REAL
@_FAKE
@_JSON
def ssim(real: Path, fake: Path, as_json: bool) -> None:
    """Structural similarity, 1 for equal pictures."""
    from ..craft.likeness import ssim as measure

    _each("ssim", measure, real, fake, as_json)


@evaluate.command("colors")
@_REAL
@_FAKE
@_JSON
def colours(real: Path, fake: Path, as_json: bool) -> None:
    """The share of REAL's evenly painted areas that have their colour in FAKE (CIEDE2000 of at most 10)."""
    from ..craft.likeness import colours as measure

    _each("colors", measure, real, fake, as_json)


@evaluate.command()
@_REAL
@_FAKE
@_JSON
def frames(real: Path, fake: Path, as_json: bool) -> None:
    """PSNR and SSIM of two folders of frames, over what moves in REAL: what differs from the frame before or after."""
    from ..craft import likeness

    pairs = _pairs(real, fake)
    shown = [_read(one) for one, _ in pairs]
    for (one, _), picture in zip(pairs, shown, strict=True):
        _same_size(shown[0], picture, one)
    told: dict[str, dict[str, float | None]] = {}
    values: list[tuple[float, float]] = []
    for (one, other), truth, area in zip(pairs, shown, likeness.moving(shown), strict=True):
        made = _read(other)
        _same_size(truth, made, other)
        if found := likeness.where(truth, made, area):
            values.append(found)
            told[one.name] = {"psnr": _finite(found[0]), "ssim": _finite(found[1])}
    if not values:
        raise BadInput("Nothing moves in these frames.", where=str(real), hint="Give a folder of a clip's frames.")
    finite = [ratio for ratio, _ in values if ratio != float("inf")]
    ratio = sum(finite) / len(finite) if finite else float("inf")
    alike = sum(value for _, value in values) / len(values)
    if as_json:
        whole = {"measure": "frames", "psnr": _finite(ratio), "ssim": _finite(alike), "pictures": told}
        click.echo(json.dumps(whole, ensure_ascii=False))
    else:
        click.echo(f"moving psnr {ratio:.4f}, ssim {alike:.4f}")


@evaluate.command()
@_REAL
@_FAKE
@_JSON
def lpips(real: Path, fake: Path, as_json: bool) -> None:
    """LPIPS, lower is nearer; without its weights (`shiage models pull lpips-alexnet`) another distance, so named."""
    from ..nets import likeness, zoo

    if zoo.is_here(zoo.entry(likeness.ALEXNET)):
        _each("lpips", likeness.lpips, real, fake, as_json)
    else:
        _instead(likeness.OWN_DISTANCE, likeness.ALEXNET, "LPIPS")
        _each(likeness.OWN_DISTANCE, likeness.own_distance, real, fake, as_json)


@evaluate.command()
@_REAL
@_FAKE
@_JSON
def fid(real: Path, fake: Path, as_json: bool) -> None:
    """FID of two folders, lower is nearer; without its weights (`shiage models pull fid-inception`) another distance,
    so named."""
    from ..nets import likeness

    one, other = ([_read(path) for path in _pictures(folder)] for folder in (real, fake))
    name = "fid"
    try:
        value = likeness.fid(one, other)
    except MissingWeights:
        name = likeness.OWN_FRECHET
        _instead(name, likeness.INCEPTION, "FID")
        value = likeness.own_frechet(one, other)
    _tell(name, value, {"real": len(one), "fake": len(other)}, as_json)


@evaluate.command()
@click.argument("paint", type=click.Path(path_type=Path), metavar="PAINT")
@click.argument("lines", type=click.Path(path_type=Path), metavar="LINES")
@_JSON
def leaks(paint: Path, lines: Path, as_json: bool) -> None:
    """The share of region-boundary pixels with a colour of the line's other side. PAINT are colours without lines,
    LINES the line art that they belong to."""
    from ..craft.illustrate import leak
    from ..craft.regions import find_regions

    def measure(picture: Picture, drawing: Picture) -> float:
        found = find_regions(drawing)
        return leak(picture, found.labels)

    _each("leaks", measure, paint, lines, as_json)


def _each(name: str, measure: Callable[[Picture, Picture], float], one: Path, other: Path, as_json: bool) -> None:
    values: dict[str, float] = {}
    for a, b in _pairs(one, other):
        first, second = _read(a), _read(b)
        _same_size(first, second, b)
        values[a.name] = measure(first, second)
    finite = [value for value in values.values() if value != float("inf")]
    mean = sum(finite) / len(finite) if finite else float("inf")
    _tell(name, mean, {"pictures": {k: _finite(v) for k, v in values.items()}}, as_json)


def _same_size(first: Picture, second: Picture, path: Path) -> None:
    if first.shape != second.shape:
        raise BadInput(
            f"is {second.shape[1]} x {second.shape[0]} pixels, the other {first.shape[1]} x {first.shape[0]}.",
            where=str(path),
        )


def _tell(name: str, value: float, more: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"measure": name, "value": _finite(value), **more}, ensure_ascii=False))
    else:
        click.echo(f"{name} {value:.4f}")


def _finite(value: float) -> float | None:
    """JSON has no infinity: null is the PSNR of equal pictures."""
    return None if value in (float("inf"), float("-inf")) else round(value, 6)


def _instead(name: str, weights: str, meant: str) -> None:
    click.echo(
        f"Note: the weights of {meant} are not here (`shiage models pull {weights}`), so this is '{name}': "
        f"not {meant}, and not to be compared with it.",
        err=True,
    )


def _pairs(one: Path, other: Path) -> list[tuple[Path, Path]]:
    """The pictures of two folders by their stems, or the two files."""
    if one.is_dir() != other.is_dir():
        raise BadInput("Compare two pictures or two folders, not one with the other.", where=str(other))
    if not one.is_dir():
        return [(one, other)]
    a, b = ({path.stem: path for path in _pictures(folder)} for folder in (one, other))
    if missing := sorted(a.keys() ^ b.keys()):
        raise BadInput(
            f"'{missing[0]}' has no partner in the other folder.", where=str(other), hint="Pictures pair by name."
        )
    return [(a[stem], b[stem]) for stem in sorted(a)]


def _pictures(folder: Path) -> list[Path]:
    from ..values.files import PICTURE_SUFFIXES

    if not folder.is_dir():
        raise BadInput("is not a folder.", where=str(folder))
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    if not found:
        raise BadInput("has no pictures.", where=str(folder))
    return found


def _read(path: Path) -> Picture:
    import numpy as np

    from ..values import Raster
    from ..values.files import on_white, read_picture

    return np.ascontiguousarray(on_white(Raster(read_picture(path).to_8bit()).pixels)[..., :3]).astype(np.uint8)
