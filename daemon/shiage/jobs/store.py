"""The store: jobs and their events in SQLite.

A committed change survives ``kill -9``. A submission and its inputs also survive a loss of power (:meth:`Store.sync`);
the steps after it need not, since the job then runs again.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import NotFound, NotReady, TooLarge
from ..v1 import jobs_pb2 as pb
from ._schema import migrate
from ._together import Together
from .state import ENDED, LIVE


@dataclass
class Record:
    """A job as it is kept. ``number``: the order of submission. ``attempts``: how often it was begun.

    ``settled``: whether the disk has its result. ``draft``: a look in passing. ``caller``: who asked, for limits.
    """

    job: pb.Job
    request: bytes
    digest: str
    request_key: str = ""
    number: int = 0
    attempts: int = 0
    settled: bool = True
    draft: bool = False
    caller: str = ""


_COLUMNS = "number, request_key, digest, attempts, settled, draft, caller, request, job"


class Store:
    """The jobs under one file. Safe to use from several threads.

    ``sync``: when it returns, everything that was committed before is on the disk.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.RLock()
        # Not under the lock: others read and write while the disk is waited for.
        self.sync = Together(self._sync_log)
        # isolation_level None: transactions are the ones written here.
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA foreign_keys = ON")
            # SQLite syncs at its checkpoints only; `sync` sees to the log between them.
            self._database.execute("PRAGMA synchronous = NORMAL")
            migrate(self._database)
            self._log = _open_log(path)
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise NotReady(
                f"The job store {path} can't be used: {error}.", hint="Move the file away; Shiage makes a new one."
            ) from error
        except NotReady:
            self._database.close()
            raise

    def close(self) -> None:
        """End it."""
        with self._lock:
            # First: Windows deletes no file that is open.
            os.close(self._log)
            self._database.close()

    def _sync_log(self) -> None:
        os.fsync(self._log)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                yield self._database
                self._database.execute("COMMIT")
            except BaseException as error:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError) and _no_room(error):
                    raise TooLarge(
                        "The disk is full.",
                        where=str(self._path),
                        hint="Make room on the disk that holds it, then try again.",
                    ) from error
                raise

    # Changes

    def add(self, record: Record, events: Sequence[pb.Event], pins: Iterable[str]) -> None:
        """A new job with its first events and the blobs that it needs."""
        job = record.job
        with self._writing() as database:
            cursor = database.execute(
                "INSERT INTO jobs (id, request_key, digest, state, created, ended, attempts, settled, draft, caller,"
                " request, job) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    job.id,
                    record.request_key or None,
                    record.digest,
                    job.state,
                    job.created,
                    job.ended,
                    record.attempts,
                    record.settled,
                    record.draft,
                    record.caller,
                    record.request,
                    job.SerializeToString(),
                ),
            )
            record.number = cursor.lastrowid or 0
            self._pin(job.id, pins)
            self._append(job.id, events)

    def change(
        self, record: Record, events: Sequence[pb.Event], pins: Iterable[str] = (), *, taken_back: int = 0
    ) -> None:
        """What became of a job, with the events that tell it. An ended job keeps only its lasting events.

        ``taken_back``: the sequence number of an event that turned out untrue.
        """
        job = record.job
        with self._writing() as database:
            if taken_back:
                database.execute("DELETE FROM events WHERE job = ? AND sequence = ?", (job.id, taken_back))
            database.execute(
                "UPDATE jobs SET state = ?, ended = ?, attempts = ?, settled = ?, job = ? WHERE id = ?",
                (job.state, job.ended, record.attempts, record.settled, job.SerializeToString(), job.id),
            )
            self._pin(job.id, pins)
            if job.state in ENDED:
                database.execute("DELETE FROM events WHERE job = ? AND passing", (job.id,))
            self._append(job.id, events)

    def settle(self, job: str) -> None:
        """The disk has this job's result."""
        with self._writing() as database:
            database.execute("UPDATE jobs SET settled = 1 WHERE id = ?", (job,))

    def forget(self, before: float) -> int:
        """Drop jobs that ended before this time; returns how many."""
        with self._writing() as database:
            ended = ",".join(str(int(state)) for state in ENDED)
            cursor = database.execute(f"DELETE FROM jobs WHERE state IN ({ended}) AND ended < ?", (before,))
            return cursor.rowcount

    def forget_drafts(self, before: float) -> set[str]:
        """Drop drafts that ended before this time; gives the blobs that no other job needs."""
        old = "SELECT id FROM jobs WHERE draft AND ended > 0 AND ended < ?"
        with self._writing() as database:
            rows = database.execute(
                f"SELECT DISTINCT sha256 FROM pins WHERE job IN ({old})"
                f" AND sha256 NOT IN (SELECT sha256 FROM pins WHERE job NOT IN ({old}))",
                (before, before),
            ).fetchall()
            database.execute(f"DELETE FROM jobs WHERE id IN ({old})", (before,))
        return {sha for (sha,) in rows}

    def _append(self, job: str, events: Sequence[pb.Event]) -> None:
        rows = [
            (job, event.sequence, event.WhichOneof("what") in ("progress", "preview"), event.SerializeToString())
            for event in events
        ]
        self._database.executemany("INSERT INTO events (job, sequence, passing, event) VALUES (?, ?, ?, ?)", rows)

    def _pin(self, job: str, pins: Iterable[str]) -> None:
        self._database.executemany("INSERT OR IGNORE INTO pins VALUES (?, ?)", [(job, sha) for sha in pins])

    # Questions

    def _records(self, rest: str, values: Sequence[object] = ()) -> list[Record]:
        with self._lock:
            rows = self._database.execute(f"SELECT {_COLUMNS} FROM jobs {rest}", values).fetchall()
        return [
            Record(
                job=pb.Job.FromString(job),
                request=request,
                digest=digest,
                request_key=key or "",
                number=number,
                attempts=attempts,
                settled=bool(settled),
                draft=bool(draft),
                caller=caller,
            )
            for number, key, digest, attempts, settled, draft, caller, request, job in rows
        ]

    def get(self, job: str) -> Record:
        """The job with this id; NotFound where there is none."""
        found = self._records("WHERE id = ?", (job,))
        if not found:
            raise NotFound(f"There is no job '{job[:40]}'.", hint="`shiage jobs` lists them.")
        return found[0]

    def by_key(self, request_key: str) -> Record | None:
        """The job that was submitted with this key."""
        found = self._records("WHERE request_key = ?", (request_key,))
        return found[0] if found else None

    def done_with(self, digest: str) -> Record | None:
        """The newest job that is done with this digest."""
        found = self._records(
            "WHERE digest = ? AND state = ? ORDER BY number DESC LIMIT 1", (digest, int(pb.STATE_DONE))
        )
        return found[0] if found else None

    def live(self) -> list[Record]:
        """The jobs that have not ended, in the order of submission."""
        return self._records(f"WHERE state IN ({','.join(str(int(s)) for s in LIVE)}) ORDER BY number")

    def unsettled(self) -> list[Record]:
        """The jobs that are done, but whose results the disk may not have; of drafts nobody asks that."""
        return self._records("WHERE state = ? AND NOT settled AND NOT draft ORDER BY number", (int(pb.STATE_DONE),))

    def newest(self, limit: int, states: Sequence[pb.State] = ()) -> list[pb.Job]:
        """The newest jobs, newest first, in these states (none = all); without drafts."""
        marks = ",".join("?" * len(states))
        where = "WHERE NOT draft" + (f" AND state IN ({marks})" if states else "")
        found = self._records(f"{where} ORDER BY number DESC LIMIT ?", (*(int(state) for state in states), limit))
        return [record.job for record in found]

    def events(self, job: str, after: int) -> list[pb.Event]:
        """The kept events of a job after this sequence number, in order."""
        with self._lock:
            rows = self._database.execute(
                "SELECT event FROM events WHERE job = ? AND sequence > ? ORDER BY sequence", (job, after)
            ).fetchall()
        return [pb.Event.FromString(event) for (event,) in rows]

    def last_sequence(self, job: str) -> int:
        """The sequence number of a job's last event."""
        with self._lock:
            (last,) = self._database.execute("SELECT max(sequence) FROM events WHERE job = ?", (job,)).fetchone()
        return int(last or 0)

    def pinned(self, ended_after: float) -> set[str]:
        """The blobs that live jobs, and those that ended after this time, need."""
        live = ",".join(str(int(state)) for state in LIVE)
        with self._lock:
            rows = self._database.execute(
                "SELECT DISTINCT sha256 FROM pins JOIN jobs ON jobs.id = pins.job"
                f" WHERE state IN ({live}) OR ended > ?",
                (ended_after,),
            ).fetchall()
        return {sha for (sha,) in rows}


def _open_log(path: Path) -> int:
    """SQLite's write-ahead log: a commit is on the disk when its bytes in there are, or a checkpoint took them over."""
    handle = os.open(f"{path}-wal", os.O_RDWR)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return handle


def _no_room(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_IOERR_WRITE)
