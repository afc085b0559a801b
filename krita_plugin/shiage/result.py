"""What a job gave, made ready for Krita: fetched and turned into layers by the worker thread."""

from __future__ import annotations

import colorsys
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from . import kra, pixels
from .client import Client
from .layers import Group, Layer
from .pixels import Picture
from .v1 import jobs_pb2, operations_pb2, values_pb2

_COLOURS = 8  # of a palette that the docker names


@dataclass
class Result:
    """``group``: the layers, if there are any; ``animation``: a Krita document with animated layers; ``see_through``:
    what is seen of it first is no finished picture; ``rests``: it is shadow or light to be laid on the drawing;
    ``sentences``: what was found, for the docker; ``values``: all outputs by port, to be used as inputs of another job.
    """

    width: int = 0
    height: int = 0
    group: Group | None = None
    animation: Path | None = None
    see_through: bool = False
    rests: bool = False
    sentences: list[str] = field(default_factory=list)
    values: dict[str, list[values_pb2.Value]] = field(default_factory=dict)


def collect(
    client: Client,
    job: jobs_pb2.Job,
    operation: operations_pb2.Operation,
    name: str,
    coverage: bytes | None = None,
    bits: int = 0,
) -> Result:
    """Fetch the outputs of ``job``. Layers are bounded by ``coverage`` and have ``bits`` a sample (0 = as they
    come).
    """
    result = Result(values={port: list(values.values) for port, values in job.outputs.items()})
    group, clips = Group(name), []
    ports = _ports(operation, job)
    apart = any(
        port.many and port.kind == operations_pb2.KIND_RASTER and result.values.get(port.name) for port in ports
    )
    for port in ports:
        values = result.values.get(port.name, [])
        made: list[Layer] = []
        # What also came apart in layers is there to be worked on in these.
        seen = not port.hidden and not (apart and port.kind == operations_pb2.KIND_RASTER and not port.many)
        for number, value in enumerate(values):
            kind = value.WhichOneof("kind")
            label = value.name or port.title or port.name
            if kind == "raster":
                made.append(_layer(client, value.raster, label, coverage, bits))
            elif kind == "mask":
                made.append(_mask(client, value.mask, label, number, bits))
            elif kind == "clip":
                clips.append((label, value.clip, seen))
            elif kind in ("facts", "palette"):
                result.sentences.append(_sentence(port, value))
        if port.many and made:
            group.children.append(Group(port.title or port.name, list(made), visible=seen))
        else:
            for layer in made:
                layer.visible = seen
            group.children.extend(made)
    layers = group.layers()
    if layers:
        result.group = group
        result.rests = group.rests()
        _measure(result, (group.lowest() or layers[0]).picture)
    if clips:
        result.animation, first = _animation(client, clips, name, coverage)
        _measure(result, first)
    return result


def _measure(result: Result, first: Picture) -> None:
    result.width, result.height = first.width, first.height
    result.see_through = pixels.see_through(first)


def _ports(operation: operations_pb2.Operation, job: jobs_pb2.Job) -> list[operations_pb2.Port]:
    # Of an operation that is gone meanwhile, the job still says which outputs it had.
    return list(operation.outputs) or [operations_pb2.Port(name=name, title=name) for name in sorted(job.outputs)]


def _layer(client: Client, raster: values_pb2.Raster, name: str, coverage: bytes | None, bits: int) -> Layer:
    picture = fetch(client, raster)
    if coverage is not None and len(coverage) == picture.width * picture.height:
        pixels.cover(picture.pixels, picture.bits, coverage)
    picture = pixels.to_bits(picture, bits or picture.bits)
    pixels.swap_red_and_blue(picture)
    return Layer(name, picture, raster.blend or "normal", round(255 * raster.opacity))


def fetch(client: Client, raster: values_pb2.Raster) -> Picture:
    """The pixels, RGBA."""
    if raster.encoding != values_pb2.ENCODING_RAW:
        raise ValueError("the daemon sent a picture as a file where pixels belong")
    return Picture(raster.width, raster.height, raster.bits, client.get_bytes(raster.pixels))


def _mask(client: Client, mask: values_pb2.Mask, name: str, number: int, bits: int) -> Layer:
    coverage = bytes(client.get_bytes(mask.pixels))
    # Hues that lie far apart however many there are (golden ratio).
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(number * 0.618034 % 1.0, 0.55, 0.95))
    picture = Picture(mask.width, mask.height, 8, pixels.flat(coverage, (red, green, blue)))
    picture = pixels.to_bits(picture, bits or 8)
    pixels.swap_red_and_blue(picture)
    return Layer(name, picture)


def _animation(
    client: Client, clips: list[tuple[str, values_pb2.Clip, bool]], name: str, coverage: bytes | None
) -> tuple[Path, Picture]:
    layers = []
    for label, clip, seen in clips:
        drawings = []
        for frame in clip.frames:
            layer = _layer(client, frame.raster, label, coverage, 0)
            drawings.append((frame.time, frame.hold, layer.picture))
        blend = clip.frames[0].raster.blend or "normal"
        layers.append(kra.AnimatedLayer(label, _on_frames(drawings), blend, visible=seen))
    # Krita reads it once, a moment later; the folder is the system's to clear should Krita end before.
    path = Path(tempfile.mkdtemp(prefix="shiage-")) / "animation.kra"
    kra.write(path, name, layers, clips[0][1].fps)
    first = next((layer for layer in layers if layer.visible), layers[0])
    return path, first.drawings[0].picture


def _on_frames(drawings: list[tuple[float, float, Picture]]) -> list[kra.Drawing]:
    """Times and holds on whole frames; of two drawings on one frame the later one stays."""
    placed: dict[int, kra.Drawing] = {}
    for time, hold, picture in drawings:
        start = max(0, round(time))
        placed[start] = kra.Drawing(start, max(1, round(time + hold) - start), picture)
    return [placed[start] for start in sorted(placed)]


def _sentence(port: operations_pb2.Port, value: values_pb2.Value) -> str:
    title = port.title or port.name
    if value.WhichOneof("kind") == "palette":
        swatches = value.palette.swatches
        more = " …" if len(swatches) > _COLOURS else ""
        return f"{title} ({len(swatches)}): " + ", ".join(f"#{s.rgba >> 8:06x}" for s in swatches[:_COLOURS]) + more
    words = _in_words(json.loads(value.facts.json))
    return f"{title}: {words}" if port.name != "facts" else words[:1].upper() + words[1:]


def _in_words(facts: dict[str, object]) -> str:
    """Numbers and words as they are, lists by their length: what fits into the docker. All of it is in the job."""
    words = []
    for name, fact in facts.items():
        if isinstance(fact, (list, dict)):
            named = [str(item["name"]) for item in fact if isinstance(item, dict) and item.get("name")]
            fact = ", ".join(named[:8]) if named else len(fact)  # noqa: PLW2901 - a shorter word for it
        words.append(f"{name.replace('_', ' ')} {fact}")
    return ", ".join(words)
