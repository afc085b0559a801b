"""Where an operation's inputs come from, and reading them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Generator, List, NamedTuple, Optional

from ..texts import tr
from . import documents, frames, reading
from .colour import Converter

LAYER = "layer"  # a layer's own pixels; ``id`` empty = the active layer at the time of the run
FINISHED = "finished"  # the same with its masks, style and opacity
GROUP = "group"  # the group in which the layer is, as seen
VISIBLE = "visible"  # the whole image as seen
DOCUMENT = "document"  # another open document, as seen
SELECTION = "selection"  # what is selected, as a mask
FILE = "file"  # ``id`` is the path
RESULT = "result"  # an earlier job's output; ``id`` is JOB:PORT
FRAMES = "frames"  # an animated layer's drawings: a clip, or pictures named after the clip's drawings at their times


_CLIP = 6  # the contract's number of that kind


class Source(NamedTuple):
    """One input: a word from above, which one, and for FRAMES the range (first and last frame; -1 = by itself)."""

    kind: str
    id: str = ""
    first: int = -1
    last: int = -1


def read_sources(
    wish: Any, document: Any, node: Optional[Any], converter: Converter, studio: Any
) -> Generator[Any, None, Dict[str, List[Any]]]:
    """The inputs of every port, read.

    Beside a clip, a picture of this document belongs to the drawing that stands at its time and bears its name.
    """
    inputs: Dict[str, List[Any]] = {port: [] for port in wish.inputs}
    clips = {port.name for port in wish.operation.inputs if port.kind == _CLIP}
    clip = None
    for port in sorted(wish.inputs, key=lambda name: name not in clips):
        for source in wish.inputs[port]:
            if source.kind == FRAMES and port not in clips:
                inputs[port].extend((yield from _key_pictures(document, node, source, converter, clip)))
                continue
            read = yield from _read(source, document, node, converter, studio)
            if clip is not None and source.kind in (LAYER, FINISHED, GROUP, VISIBLE):
                read.name = _standing(clip, document.currentTime()) or read.name
            inputs[port].append(read)
        if port in clips and inputs[port]:
            clip = inputs[port][0]
    return inputs


def _standing(clip: Optional[Any], at: int) -> str:
    """The name of the clip's drawing that stands at frame ``at``; empty where none does."""
    frames = clip.frames if clip is not None else []
    return next((frame.name for frame in frames if frame.time <= at < frame.time + frame.hold), "")


def _key_pictures(
    document: Any, active: Optional[Any], source: Source, converter: Converter, clip: Optional[Any]
) -> Generator[Any, None, List[Any]]:
    """The drawings of an animated layer as pictures; empty ones are left out."""
    from ..order import PictureInput

    node = documents.find_node(document, source.id) if source.id else active
    if node is None:
        raise ValueError(tr("The layer is gone. Choose another one."))
    drawn = yield from _frames(document, node, source, converter)
    pictures = []
    for frame in drawn.frames:
        if (yield from reading.has_paint(frame.picture)):
            pictures.append(PictureInput(_standing(clip, frame.time) or frame.name, frame.picture))
    if not pictures:
        raise ValueError(tr("The keyframes of “{name}” are empty.", name=node.name()))
    return pictures


def _read(
    source: Source, document: Any, active: Optional[Any], converter: Converter, studio: Any
) -> Generator[Any, None, Any]:
    from ..order import FileInput, PictureInput, ResultInput

    if source.kind == FILE:
        if not Path(source.id).is_file():
            raise ValueError(tr("The file {path} is not there. Choose another one.", path=source.id))
        return FileInput(Path(source.id))
    if source.kind == RESULT:
        return ResultInput(_earlier(source.id, studio))
    if source.kind == VISIBLE:
        shot = yield from reading.read_visible(document, converter)
        return PictureInput(documents.title(document), shot.picture)
    if source.kind == DOCUMENT:
        other = documents.find(source.id)
        if other is None:
            raise ValueError(tr("A reference document was closed. Choose another one."))
        shot = yield from reading.read_visible(other, converter)
        return PictureInput(Path(documents.title(other)).stem, shot.picture)
    if source.kind == SELECTION:
        return (yield from _selection(document))
    node = documents.find_node(document, source.id) if source.id else active
    if node is None:
        raise ValueError(tr("The layer is gone. Choose another one."))
    if source.kind == GROUP:
        node = _group_of(node, document)
    if source.kind == FRAMES:
        return (yield from _frames(document, node, source, converter))
    shot = yield from reading.read_layer(document, node, source.kind != LAYER, converter)
    return PictureInput(node.name(), shot.picture, shot.opacity)


def _group_of(node: Any, document: Any) -> Any:
    if node.type() == "grouplayer":
        return node
    parent = node.parentNode()
    if parent is None or parent.uniqueId() == document.rootNode().uniqueId():
        raise ValueError(tr("“{name}” is in no group. Choose “All that is visible” instead.", name=node.name()))
    return parent


def _selection(document: Any) -> Generator[Any, None, Any]:
    from ..order import PictureInput
    from ..pixels import Picture, flat

    coverage = yield from reading.read_selection(document)
    if coverage is None:
        raise ValueError(tr("Nothing is selected."))
    picture = Picture(*documents.size(document), 8, flat(coverage, (0, 0, 0)))
    return PictureInput("selection", picture)


def _frames(document: Any, node: Any, source: Source, converter: Converter) -> Generator[Any, None, Any]:
    from ..order import ClipInput, FrameInput

    if not node.animated():
        raise ValueError(
            tr("“{name}” has no keyframes. Choose an animated layer, or add frames to this one.", name=node.name())
        )
    first, last = frames.default_range(document, node)
    first = source.first if source.first >= 0 else first
    last = source.last if source.last >= 0 else last
    still = node.clone()
    width, height = documents.size(document)
    read = []
    for key in frames.keys(node, first, last):
        picture = yield from reading.read_drawing(still, key.source, width, height, converter)
        read.append(FrameInput(key.time, key.hold, picture, f"{key.time:04d}"))
    if not read:
        raise ValueError(
            tr("“{name}” has no drawing from frame {first} to {last}.", name=node.name(), first=first, last=last)
        )
    return ClipInput(node.name(), read, float(document.framesPerSecond()))


def _earlier(name: str, studio: Any) -> Any:
    job_id, _, port = name.partition(":")
    for job in studio.jobs:
        if job.id == job_id and job.values.get(port):
            return job.values[port][0]
    raise ValueError(tr("The earlier result is gone. Run its job again."))
