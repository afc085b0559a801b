"""Where results may go: never into a folder that drawings are read from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import BadInput
from .sources import FrameSource


def check_apart(out: Path, folders: Sequence[str], frames: Iterable[FrameSource], given: Iterable[Path]) -> None:
    """As :func:`check_place`, of a batch's ``frames`` and the paths that are ``given`` for further ports."""
    # A film and an archive are read from themselves, and not from their folders.
    files = [frame.path for frame in frames if type(frame) is FrameSource]
    # A frame may be a link to a file that lies among the results.
    led_to = (Path(os.path.realpath(file)).parent for file in files if file.is_symlink())
    paths = list(given)
    read = {*(file.parent for file in files), *led_to, *filter(Path.is_dir, paths)}
    check_place(out, folders, read, filter(Path.is_file, paths))


def check_place(out: Path, folders: Sequence[str], read: Iterable[Path], given: Iterable[Path] = ()) -> None:
    """BadInput where results in the folder ``out`` would fall among what is read, or replace it.

    ``folders``: in it, for further outputs; ``read``: folders whose pictures are the source; ``given``: files that
    results may not replace, beside these.
    """
    sources = {identity(folder) for folder in read}
    targets = {identity(target): target for target in (out, *(out / folder for folder in folders))}
    for known, target in targets.items():
        if known in sources:
            raise BadInput(
                "is a folder that drawings are read from, and results would mix with them or replace them.",
                where=str(target),
                hint="Name another folder with -o; it may lie in this one.",
            )
    for path in given:
        for beside in (path.parent, Path(os.path.realpath(path)).parent):
            if (known := identity(beside)) in targets:
                raise BadInput(
                    f"'{path.name}' is read from this folder, and a result could replace it.",
                    where=str(targets[known]),
                    hint="Name another folder with -o.",
                )


def identity(path: Path) -> object:
    """The same for two names of one file or folder, however they are written or linked."""
    try:
        status = path.stat()
    except OSError:
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)
