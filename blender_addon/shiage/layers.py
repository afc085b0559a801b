"""An operation's pictures through time, ready for a host: as PNG bytes or as files; no bpy.

This runs in the job's thread: the host only names files and bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import png, wire
from .job import Failed, Job


@dataclass
class PictureLayer:
    """One picture output. ``data``: first frame -> PNG; ``files``: first frame -> its file. ``blend``: how it lies on
    what is below, in the daemon's words."""

    port: str
    title: str
    hidden: bool
    blend: str
    data: dict[int, bytes] = field(default_factory=dict)
    files: dict[int, Path] = field(default_factory=dict)


def layers_of(operation: Any, spans: Sequence[tuple[int, int]], job: Job) -> list[PictureLayer]:
    """The shown ones first. ``spans``: the frames, first and last, at which each run's pictures stand.

    Hidden ones are hidden, as in other hosts; where a layer works by more than lying on top, the finished picture
    stands for all of them.
    """
    made: dict[tuple[str, str], PictureLayer] = {}
    for outputs, (first, _) in zip(job.results, spans, strict=True):
        for port in operation.outputs:
            for number, value in enumerate(outputs.get(port.name, [])):
                if not value.HasField("raster"):
                    continue
                name = value.name or (f"{port.title} {number + 1}" if port.many else port.title)
                layer = made.get((port.name, name))
                if layer is None:
                    layer = PictureLayer(port.name, f"{operation.title} {name}", port.hidden, value.raster.blend)
                    made[port.name, name] = layer
                layer.data[first] = png.encode(wire.pixels_of(value, job.bytes_of))
    if any(layer.blend not in ("", "normal") for layer in made.values() if not layer.hidden):
        for layer in made.values():
            layer.hidden = layer.port != operation.outputs[0].name
    return sorted(made.values(), key=lambda layer: layer.hidden)


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """All that is written into ``folder`` or nothing: Failed where it can't be."""
    try:
        yield
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Failed(f"The pictures can't be written to {folder}: {error.strerror or error}.") from error
    except Failed:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def write(
    layers: list[PictureLayer], spans: Sequence[tuple[int, int]], folder: Path, held: bool, stopped: Callable[[], bool]
) -> None:
    """Put the pictures into files in a new ``folder``; ``held``: one for each frame at which they stand, for image
    sequences know no holds. All of them or none: Failed where they can't be written."""
    ends = dict(spans)
    with _whole(folder):
        for layer in layers:
            place = folder / layer.port
            place.mkdir(parents=True, exist_ok=True)
            for first, data in layer.data.items():
                if stopped():
                    raise Failed("Stopped.")
                name = place / f"{safe(layer.title)}.{first:04d}.png"
                name.write_bytes(data)
                layer.files[first] = name
                for frame in range(first + 1, ends[first] + 1) if held else ():
                    shutil.copyfile(name, place / f"{safe(layer.title)}.{frame:04d}.png")
            for frame in _gaps(layer, ends) if held else ():
                nothing = png.nothing_like(next(iter(layer.data.values())))
                (place / f"{safe(layer.title)}.{frame:04d}.png").write_bytes(nothing)


def write_clip(value: Any, files: dict[int, Path], title: str, folder: Path, job: Job) -> dict[int, Path]:
    """A clip's frames as files in a new ``folder``, one for each frame at which they stand: frame -> file.

    Given frames are copied from their own ``files``. All or none: Failed where they can't be written.
    """
    made: dict[int, Path] = {}
    with _whole(folder):
        folder.mkdir(parents=True)
        for frame in value.clip.frames:
            if job.stopped:
                raise Failed("Stopped.")
            first = round(frame.time)
            given = files.get(first) if frame.key else None
            name = folder / f"{safe(title)}.{first:04d}.png"
            if given is not None and given.suffix.lower() == ".png":
                shutil.copyfile(given, name)
            else:
                name.write_bytes(png.encode(wire.pixels_of(frame, job.bytes_of)))
            made[first] = name
            for later in range(first + 1, round(frame.time + frame.hold)):
                made[later] = folder / f"{safe(title)}.{later:04d}.png"
                shutil.copyfile(name, made[later])
    return made


def _gaps(layer: PictureLayer, ends: dict[int, int]) -> list[int]:
    """The frames between the first and the last one at which nothing stands."""
    there = {frame for first in layer.data for frame in range(first, ends[first] + 1)}
    return [frame for frame in range(min(there), max(there)) if frame not in there]


def safe(name: str) -> str:
    """A name of an artist's as one for a file on every system."""
    return "".join(c if c.isalnum() or c in "-_ " else "_" for c in name).strip()[:80] or "drawing"


def new_folder(beside: Path, obj: str, operation: str) -> Path:
    """A folder of its own for a result, in ``beside``/shiage; it is not made yet."""
    place, number = beside / "shiage" / safe(obj), 1
    while (made := place / (operation if number == 1 else f"{operation}-{number}")).exists():
        number += 1
    return made
