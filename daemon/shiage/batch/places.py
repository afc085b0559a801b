"""Where results may go: never into a folder that drawings are read from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import BadInput
from .sources import FrameSource


def check_apart(out: Path, ports: Sequence[str], frames: Iterable[FrameSource], given: Iterable[Path]) -> None:
    """As :func:`check_place`, of a batch's ``frames`` and the paths that are ``given`` for further ports."""
    # A film and an archive are read from themselves, and not from their folders.
    folders = {frame.path.parent for frame in frames if type(frame) is FrameSource}
    paths = list(given)
    check_place(out, ports, {*folders, *filter(Path.is_dir, paths)}, filter(Path.is_file, paths))


def check_place(out: Path, ports: Sequence[str], read: Iterable[Path], given: Iterable[Path] = ()) -> None:
    """BadInput where results in the folder ``out`` would fall among what is read, or replace it.

    ``ports``: further outputs, which go into folders of these names; ``read``: folders whose pictures are the source;
    ``given``: files that results may not replace, beside these.
    """
    folders = _real(read)
    for target in (out, *(out / port for port in ports)):
        if target.resolve() in folders:
            raise BadInput(
                "is a folder that drawings are read from, and results would mix with them or replace them.",
                where=str(target),
                hint="Name another folder with -o; it may lie in this one.",
            )
    for path in given:
        if path.resolve().parent == out.resolve():
            raise BadInput(
                f"'{path.name}' is read from this folder, and a result could replace it.",
                where=str(out),
                hint="Name another folder with -o.",
            )


def _real(paths: Iterable[Path]) -> set[Path]:
    return {path.resolve() for path in paths}
