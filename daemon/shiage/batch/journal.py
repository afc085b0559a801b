"""What a batch has done, beside its results, so that it goes on where it was interrupted."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import IO

from ..errors import BadInput, NotReady
from ..values.files import half_written, unwritable
from ._scratch import check_no_link, claim_destination
from .origins import UNKNOWN, Origin
from .places import identity

NAME = ".shiage-batch"
ASIDE = "_before"


@dataclass(frozen=True)
class Note:
    """What files are written for: the digest of a request, and what they were drawn from. Of a shot also ``of``, the
    operation, and the ``frames`` that the files were made of.
    """

    request: str
    of: str = ""
    frames: tuple[str, ...] = ()
    origin: Origin = UNKNOWN


@dataclass(frozen=True)
class _Entry:
    note: Note
    files: Mapping[str, str] = field(default_factory=dict)


class Journal:
    """The journals of a folder. A line is a frame, or a piece of a shot: its request's digest, and the SHA-256 of each
    of its files, relative to the folder.

    A line is on disk before the files are, so that none is ever there of which the journal knows nothing; done is a
    frame whose files are as its line says. A torn last line, which ``kill -9`` may leave, is passed over.
    ``part``: of a shot that several machines do together; each writes a journal of its own and reads them all.
    Until it is closed no other batch writes to the folder, but for other parts; NotReady where one does. ``peek``: it
    is only read, and nothing is claimed.
    """

    def __init__(self, folder: Path, part: str = "", *, peek: bool = False) -> None:
        self._folder = folder
        self._path = folder / (f"{NAME}.{part}.jsonl" if part else f"{NAME}.jsonl")
        self._done: dict[str, _Entry] = {}
        self._written: list[_Entry] = []
        self._known: dict[tuple[str, str], set[Origin]] = {}
        self._whole = True
        self._claims: list[IO[str]] = []
        if peek:
            self._read_all()
            return
        check_no_link(self._path)
        self._claim(self._path, shared=False)
        # The parts keep the whole away and the whole the parts, but no part another.
        for path in folder.glob(f"{NAME}.jsonl" if part else f"{NAME}.*.jsonl"):
            self._claim(path, shared=True)
        self._read_all()
        if not part:
            # Nobody else writes here now.
            for left in half_written(folder / name for name, _ in list(self._known)):
                with suppress(OSError):
                    left.unlink()

    def _read_all(self) -> None:
        for path in sorted(self._folder.glob(f"{NAME}*.jsonl")):
            text = self._read(path)
            if path == self._path:
                self._whole = not text or text.endswith("\n")

    def _claim(self, path: Path, *, shared: bool) -> None:
        try:
            file = path.open("a")
        except OSError as error:
            raise BadInput(f"can't be written: {error.strerror}.", where=str(path), hint="Check the folder.") from error
        self._claims.append(file)
        try:
            claim_destination(file, self._folder, shared=shared)
        except NotReady:
            self.close()
            raise

    def close(self) -> None:
        """Others may write to the folder from now on."""
        for file in self._claims:
            file.close()

    def _read(self, path: Path) -> str:
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"can't be read: {error}.", where=str(path), hint="Delete it to begin anew.") from error
        for line in text.splitlines():
            entry = _entry(line)
            if entry is not None:
                self._take(entry)
        return text

    def _take(self, entry: _Entry) -> None:
        self._done[entry.note.request] = entry
        for file in entry.files.items():
            self._known.setdefault(file, set()).add(entry.note.origin)
        if entry.note.frames:
            self._written.append(entry)

    def is_done(self, request: str) -> bool:
        """Whether the frame with this digest is done and every file of it is as it was written."""
        files = self._files(request)
        return bool(files) and all(_digest(self._folder / name) == digest for name, digest in files.items())

    def files(self, request: str) -> tuple[str, ...]:
        """What was written for the frame with this digest."""
        return tuple(self._files(request))

    def _files(self, request: str) -> Mapping[str, str]:
        return self._done[request].files if request in self._done else {}

    def others(
        self, origins: Collection[Origin], names: Set[str], frames: Set[str], drawings: Callable[[str], frozenset[str]]
    ) -> dict[str, str]:
        """Results of another source than all ``origins`` that lie, as they were written, where these are to go: each
        with the place that it was drawn from.

        ``names``: of the files to be; ``frames``: of a shot, its frames', whose results replace one another under
        whatever names; ``drawings``: the contents of those that a file is to be made of, asked only where they count.
        """
        found: dict[str, str] = {}
        elsewhere: dict[Origin, bool] = {}
        for entry in self._done.values():
            theirs = replace(entry.note.origin, drawings=frozenset())
            if theirs not in elsewhere:
                elsewhere[theirs] = all(origin.is_elsewhere(theirs) for origin in origins)
            if elsewhere[theirs]:
                whole = not frames.isdisjoint(entry.note.frames)
                for name, digest in entry.files.items():
                    if (whole or name in names) and _digest(self._folder / name) == digest:
                        mine = [replace(origin, drawings=drawings(name)) for origin in origins]
                        if place := self._another(name, digest, mine):
                            found[name] = place
        return found

    def other(self, name: str, origin: Origin) -> str:
        """Where the result of another source was drawn from that lies there under this name; empty where none does."""
        path = self._folder / name
        return self._another(name, _digest(path), [origin]) if path.is_file() else ""

    def _another(self, name: str, digest: str, origins: Collection[Origin]) -> str:
        wrote = self._known.get((name, digest), set())
        others = all(origin.is_other(one) for origin in origins for one in wrote)
        return min(one.place for one in wrote) if wrote and others else ""

    def stale(self, of: str, frames: Set[str], own: Set[str], origin: Origin = UNKNOWN) -> Iterator[str]:
        """Files that the same operation once made of these frames of the same source, that are not among ``own`` (names
        in the folder, or whole paths), and that nobody has touched since; each is looked at when it is asked for.
        """
        found: dict[str, set[str]] = {}
        others: set[tuple[str, str]] = set()

        def same(note: Note) -> bool:
            return note.of == of and frames >= set(note.frames) and not origin.is_elsewhere(note.origin)

        for entry in self._written:
            if same(entry.note):
                for name, digest in entry.files.items():
                    if name not in own:
                        found.setdefault(name, set()).add(digest)
        for entry in self._done.values() if found else ():
            if not same(entry.note):
                others.update(entry.files.items())
        # On many systems Done.json is done.json.
        kept = {identity(self._folder / name) for name in own} if found else set()
        for name, digests in sorted(found.items()):
            digest = self._digest_within(name)
            if digest in digests and (name, digest) not in others and identity(self._folder / name) not in kept:
                yield name

    def is_by_hand(self, name: str) -> bool:
        """Whether something lies there that is not as a batch wrote it."""
        path = self._folder / name
        return (path.is_file() or path.is_symlink()) and (name, _digest(path)) not in self._known

    def set_aside(self, name: str) -> str:
        """Move what lies where a result goes, and is not as a batch wrote it, into a folder beside it; gives the name
        that it has there, empty where nothing had to go.
        """
        return put_aside(self._folder, name) if self.is_by_hand(name) else ""

    def _digest_within(self, name: str) -> str:
        """Of a file that lies in the folder itself; empty of what a link leads to, which no batch has made."""
        path = self._folder / name
        return _digest(path) if Path(os.path.realpath(path)) == Path(os.path.realpath(self._folder)) / name else ""

    def add(self, note: Note, files: Mapping[str, bytes]) -> None:
        """Note files that are about to be written."""
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        entry: dict[str, object] = {"request": note.request, "files": digests, "from": note.origin.as_json()}
        if note.frames:
            entry |= {"of": note.of, "frames": note.frames}
        line = json.dumps(entry) + "\n"
        line = line if self._whole else "\n" + line
        # Until it is whole: a full disk may take the half of it.
        self._whole = False
        try:
            with self._path.open("a") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise unwritable(self._path, error) from error
        self._whole = True
        self._take(_Entry(note, digests))


def put_aside(folder: Path, name: str) -> str:
    """Move a file of this folder into one beside it; gives the name that it has there."""
    aside = folder / ASIDE / name
    for number in count(2):
        if not aside.exists() and not aside.is_symlink():
            break
        aside = folder / ASIDE / Path(name).with_stem(f"{Path(name).stem}-{number}")
    try:
        aside.parent.mkdir(parents=True, exist_ok=True)
        (folder / name).rename(aside)
    except OSError as error:
        raise unwritable(aside, error) from error
    return aside.relative_to(folder).as_posix()


def _entry(line: str) -> _Entry | None:
    """None where a batch has not written the line: journals are copied and mended by hand."""
    try:
        told = json.loads(line)
        request, files, of, frames = told["request"], told["files"], told.get("of", ""), told.get("frames", [])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(files, dict) or not isinstance(frames, list):
        return None
    if not all(isinstance(text, str) for text in (request, of, *frames)):
        return None
    if not all(_is_within(name) and isinstance(digest, str) and digest for name, digest in files.items()):
        return None
    return _Entry(Note(request, of, tuple(frames), Origin.from_json(told.get("from"))), files)


def _is_within(name: str) -> bool:
    """Whether a file of this name, put behind a folder's, lies in that folder."""
    path = Path(name)
    return bool(path.name) and not path.anchor and ".." not in path.parts and "\0" not in name


def _digest(path: Path) -> str:
    try:
        # A pipe would be waited for.
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
