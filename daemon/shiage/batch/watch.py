"""A hot folder: what is drawn into it is run, each file once, as soon as whoever writes it is done.

The folder itself is the truth: it is looked through at the start, whenever the system tells of a change (watchdog), and
now and then anyway; on network drives, which tell nothing, at every turn (``poll``). What became of each file stands in
a journal beside the results, so that after a restart nothing is lost and nothing done twice.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..errors import BadInput, describe
from ..values.documents import is_document
from ..values.files import READ_SUFFIXES, read_bytes, write_bytes
from .bundles import is_bundle
from .places import check_place
from .runner import Runner
from .sources import FrameSource
from .tally import Event

JOURNAL = ".shiage-watch.jsonl"
REJECTED = "_rejected"
# Files of a round; those that come meanwhile are looked at when it is over.
ROUND = 500
# How often the folder is looked through although nobody told of a change.
ANYWAY = 30.0
# How often files that are perhaps still written are looked at.
LOOK = 0.2

Stamp = tuple[int, int]


@dataclass(frozen=True)
class Taken:
    """What became of a file. ``same_as``: the file whose copy it is."""

    file: str
    state: Literal["done", "skipped", "duplicate", "rejected"]
    files: tuple[str, ...] = ()
    error: str = ""
    same_as: str = ""
    warnings: tuple[str, ...] = ()


@dataclass
class _Memory:
    """The journal: files that are over by name and stamp, and the contents that are done by their SHA-256."""

    path: Path
    over: dict[str, Stamp] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    whole: bool = True

    def read(self) -> None:
        """What earlier runs noted; a torn last line is passed over."""
        text = self.path.read_text() if self.path.exists() else ""
        for line in text.splitlines():
            with suppress(ValueError, KeyError, TypeError):
                self._take(json.loads(line))
        self.whole = not text or text.endswith("\n")

    def note(self, file: str, stamp: Stamp, sha: str, state: str) -> None:
        """This file is over; on disk when it returns."""
        entry = {"file": file, "stamp": list(stamp), "sha256": sha, "state": state}
        with self.path.open("a") as journal:
            journal.write(("" if self.whole else "\n") + json.dumps(entry) + "\n")
            journal.flush()
            os.fsync(journal.fileno())
        self.whole = True
        self._take(entry)

    def _take(self, entry: dict[str, Any]) -> None:
        size, mtime = entry["stamp"]
        self.over[str(entry["file"])] = (int(size), int(mtime))
        if entry["state"] == "done":
            self.done[str(entry["sha256"])] = str(entry["file"])


class Watch:
    """``folder`` watched. ``settle``: seconds for which a file must be still; one renamed into place is ready.

    ``layer``: the one that is taken of layered documents.
    """

    def __init__(
        self,
        folder: Path,
        out: Path,
        runner: Runner,
        *,
        settle: float = 1.0,
        poll: float | None = None,
        layer: str = "",
        tell: Callable[[Taken], None] = lambda taken: None,
    ) -> None:
        check_folders(folder, out)
        self._folder, self._out, self._runner = folder, out, runner
        self._settle, self._poll, self._layer, self._tell = settle, poll, layer, tell
        self._memory = _Memory(out / JOURNAL)
        self._still: dict[str, tuple[Stamp, float]] = {}
        self._renamed: set[str] = set()
        self._bell = threading.Event()

    def run(self, *, once: bool = False) -> None:
        """Watch until the process is told to end; ``once``: until nothing is left to do.

        BadInput where results of another source lie where those of the files would go that are there now.
        """
        self._memory.read()
        self._runner.check([self._frame(name) for name, _ in self._pictures()])
        with self._observed():
            while True:
                self._bell.clear()
                ready = self._ready()
                if ready:
                    self._round(ready[:ROUND])
                elif once and not self._still:
                    return
                elif len(ready) <= ROUND:
                    self._bell.wait(LOOK if self._still else self._poll or ANYWAY)
                    # Whoever copies a thousand files rings a thousand times.
                    time.sleep(0.02)

    # Who is ready

    def _ready(self) -> list[tuple[str, Stamp]]:
        now = time.monotonic()
        ready: list[tuple[str, Stamp]] = []
        seen: dict[str, tuple[Stamp, float]] = {}
        for name, stamp in self._pictures():
            if self._memory.over.get(name) == stamp:
                continue
            known = self._still.get(name)
            since = known[1] if known and known[0] == stamp else now
            if name in self._renamed or now - since >= self._settle:
                ready.append((name, stamp))
            seen[name] = (stamp, since)
        self._still = seen
        self._renamed &= set(seen)
        return sorted(ready)

    def _pictures(self) -> Iterator[tuple[str, Stamp]]:
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    name = entry.name
                    if name.startswith(".") or Path(name).suffix.lower() not in READ_SUFFIXES:
                        continue
                    with suppress(OSError):
                        if entry.is_file(follow_symlinks=False):
                            status = entry.stat(follow_symlinks=False)
                            yield name, (status.st_size, status.st_mtime_ns)
        except OSError as error:
            if self._poll is None:
                raise BadInput(f"can't be read: {error.strerror}.", where=str(self._folder)) from error
            # A network drive that is away comes back.

    # A round

    def _round(self, ready: Iterable[tuple[str, Stamp]]) -> None:
        frames: dict[str, tuple[FrameSource, Stamp, str]] = {}
        first: dict[str, str] = {}
        for name, stamp in ready:
            path = self._folder / name
            try:
                sha = hashlib.sha256(read_bytes(path)).hexdigest()
            except BadInput as error:
                if path.exists():
                    self._reject(name, stamp, "", str(error))
                continue
            if self._memory.done.get(sha, name) != name:
                self._over(Taken(name, "duplicate", same_as=self._memory.done[sha]), stamp, sha)
            elif sha not in first:
                first[sha] = name
                frames[name] = (self._frame(name), stamp, sha)

        def tell(event: Event) -> None:
            _, stamp, sha = frames[event.frame]
            if event.state != "failed":
                self._over(Taken(event.frame, event.state, event.files, warnings=event.warnings), stamp, sha)
            else:
                self._reject(event.frame, stamp, sha, event.error)

        self._runner.run([frame for frame, _, _ in frames.values()], tell)

    def _frame(self, name: str) -> FrameSource:
        # Never alone: what will come beside it nobody knows.
        return FrameSource(name, self._folder / name, self._layer if is_document(name) else "", alone=False)

    def _over(self, taken: Taken, stamp: Stamp, sha: str) -> None:
        state = "done" if taken.state == "skipped" else taken.state
        self._memory.note(taken.file, stamp, sha, state)
        self._still.pop(taken.file, None)
        self._renamed.discard(taken.file)
        self._tell(taken)

    def _reject(self, name: str, stamp: Stamp, sha: str, error: str) -> None:
        """Put the file aside with the reason beside it, unless it changed since: then it was still being written."""
        path = self._folder / name
        try:
            status = path.stat()
        except OSError:
            return
        if (status.st_size, status.st_mtime_ns) != stamp:
            return
        aside = _free_name(self._folder / REJECTED, name)
        try:
            aside.parent.mkdir(exist_ok=True)
            write_bytes(aside.with_name(aside.name + ".txt"), f"{error}\n".encode())
            path.replace(aside)
        except (OSError, BadInput) as problem:
            error = f"{error} It can't be put aside: {describe(problem)}"
            self._over(Taken(name, "rejected", error=error), stamp, sha)
            return
        self._still.pop(name, None)
        self._tell(Taken(name, "rejected", (f"{REJECTED}/{aside.name}",), error))

    # Who tells of changes

    @contextmanager
    def _observed(self) -> Iterator[None]:
        if self._poll is not None:
            yield
            return
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer

        watch = self

        class Ears(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                if event.event_type == "moved" and not event.is_directory:
                    watch._renamed.add(Path(os.fsdecode(event.dest_path)).name)
                if event.event_type not in ("opened", "closed_no_write"):
                    watch._bell.set()

        observer = Observer()
        observer.schedule(Ears(), str(self._folder), recursive=False)
        observer.start()
        try:
            yield
        finally:
            # A rename that it still waits for the other half of, such as our own of a rejected file, would make it
            # complain that it was stopped.
            complaints = logging.getLogger("watchdog.observers.inotify")
            complaints.disabled = True
            observer.stop()
            observer.join()
            complaints.disabled = False


def check_folders(folder: Path, out: Path, ports: Sequence[str] = (), given: Iterable[Path] = ()) -> None:
    """BadInput where the folder is not there, or its results would fall into it or replace what is ``given``."""
    if not folder.is_dir():
        raise BadInput("is not a folder.", where=str(folder), hint="Give the folder to watch.")
    if is_bundle(out) and not out.is_dir():
        raise BadInput(
            "is one file, and what comes later could not go into it.",
            where=str(out),
            hint="Name a folder; pack it with `shiage batch`.",
        )
    paths = list(given)
    check_place(out, ports, [folder, *filter(Path.is_dir, paths)], filter(Path.is_file, paths))


def _free_name(folder: Path, name: str) -> Path:
    path, number = folder / name, 2
    while path.exists():
        path, number = folder / f"{Path(name).stem}-{number}{Path(name).suffix}", number + 1
    return path
