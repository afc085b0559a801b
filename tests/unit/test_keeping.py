"""The parts that keep jobs: spool, store, states, queue."""

from __future__ import annotations

import itertools
import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiage.errors import BadInput, Broken, NotFound, TooLarge
from shiage.jobs._direct import BLOCK, LARGE, Writer, read_blocks, read_whole
from shiage.jobs.engine import Slot
from shiage.jobs.local import slots_of
from shiage.jobs.queue import Entry, Queue
from shiage.jobs.spool import GRACE, NEW, Spool
from shiage.jobs.state import ENDED, check_step
from shiage.jobs.store import Record, Store
from shiage.v1 import jobs_pb2 as pb
from shiage.v1 import values_pb2

# States


def test_only_these_steps_may_be_taken() -> None:
    may = {
        ("QUEUED", "RUNNING"),
        ("QUEUED", "CANCELLED"),
        ("QUEUED", "FAILED"),
        ("RUNNING", "DONE"),
        ("RUNNING", "FAILED"),
        ("RUNNING", "CANCELLED"),
        ("RUNNING", "QUEUED"),
        ("DONE", "QUEUED"),
    }
    names = [name.removeprefix("STATE_") for name, number in pb.State.items() if number != pb.STATE_UNSPECIFIED]
    for one, other in itertools.product(names, names):
        job = pb.Job(id="j", state=pb.State.Value(f"STATE_{one}"))
        if (one, other) in may:
            check_step(job, pb.State.Value(f"STATE_{other}"))
        else:
            with pytest.raises(Broken):
                check_step(job, pb.State.Value(f"STATE_{other}"))


# Queue

OWNER, SPARE = slots_of(2)
entries = st.lists(st.tuples(st.booleans(), st.booleans()).map(lambda p: (p[0], p[1])), max_size=12).map(
    lambda pairs: [Entry(f"job {n}", n, batch, accelerator) for n, (batch, accelerator) in enumerate(pairs)]
)


def test_slots() -> None:
    assert slots_of(1) == (Slot(0, True, False),)
    assert slots_of(3) == (Slot(0, True, False), Slot(1, False, False), Slot(2, False, True))


@given(entries, st.randoms(use_true_random=False))
def test_the_queue_gives_interactive_first_and_each_in_turn(waiting: list[Entry], dice: object) -> None:
    queue = Queue()
    shuffled = list(waiting)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    for entry in shuffled:
        queue.add(entry)
    spare = list(iter(lambda: queue.take(SPARE), None))
    assert spare == [entry for entry in waiting if not entry.batch and not entry.accelerator]
    owner = list(iter(lambda: queue.take(OWNER), None))
    rest = [entry for entry in waiting if entry not in spare]
    assert owner == sorted(rest, key=lambda entry: (entry.batch, entry.number))
    assert len(queue) == 0


# Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def age(spool_folder: Path, sha: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(next(spool_folder.glob(sha + "*")), (then, then))


def test_a_blob_is_kept_once_and_settled(spool: Spool, tmp_path: Path) -> None:
    blob = spool.put(b"layer")
    assert spool.put(bytearray(b"layer")) == blob
    assert [p.name for p in (tmp_path / "spool").iterdir() if p.is_file()] == [blob.sha256 + NEW]
    spool.settle([blob.sha256])
    assert [p.name for p in (tmp_path / "spool").iterdir() if p.is_file()] == [blob.sha256]
    spool.settle([blob.sha256])
    assert spool.put(b"layer") == blob
    assert spool.used() == 5
    with pytest.raises(NotFound):
        spool.settle(["0" * 64])


def test_loaded_bytes_are_the_callers_own(spool: Spool) -> None:
    for size in (0, 100, LARGE + 5):
        data = os.urandom(size)
        blob = spool.put(data)
        memory = spool.load(blob)
        assert bytes(memory) == data
        assert not memory.readonly
        if size:
            memory[0] ^= 255
        assert b"".join(spool.read(blob.sha256)) == data


def test_bad_addresses_never_become_paths(spool: Spool) -> None:
    for sha in ("", "..", "/etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"):
        with pytest.raises(BadInput):
            list(spool.read(sha))


def test_blobs_can_be_read_while_they_are_settled(spool: Spool) -> None:
    blobs = [spool.put(bytes([n % 256, n // 256]) * 50) for n in range(400)]
    failed: list[Exception] = []

    def read() -> None:
        try:
            for blob in blobs:
                assert spool.size(blob.sha256) == 100
                assert len(b"".join(spool.read(blob.sha256))) == 100
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    spool.settle(blob.sha256 for blob in blobs)
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_start_drops_what_is_torn_and_keeps_what_is_whole(spool: Spool, tmp_path: Path) -> None:
    whole, torn = spool.put(b"whole"), spool.put(b"torn")
    (tmp_path / "spool" / (torn.sha256 + NEW)).write_bytes(b"to")
    (tmp_path / "spool" / "tmp" / "half").write_bytes(b"half")
    spool.recover()
    assert spool.has(whole.sha256)
    assert not spool.has(torn.sha256)
    assert list((tmp_path / "spool" / "tmp").iterdir()) == []
    assert (tmp_path / "spool" / whole.sha256).exists()


def test_a_sweep_drops_the_old_then_the_least_lately_used(spool: Spool, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    shas = [spool.put(bytes([n]) * 100).sha256 for n in range(6)]
    for sha, seconds in zip(shas, (9000, 8000, 7000, 6000, GRACE + 60, 1), strict=True):
        age(folder, sha, seconds)
    # Kept: what is needed, however old; what was used just now, whatever the cap.
    assert spool.sweep({shas[0]}, cap=10_000, age=7500) == 500
    assert [spool.has(sha) for sha in shas] == [True, False, True, True, True, True]
    for sha, seconds in zip(shas, (9000, 0, 7000, 6000, GRACE + 60, 1), strict=True):
        if spool.has(sha):
            age(folder, sha, seconds)
    assert spool.sweep({shas[0]}, cap=350, age=1e9) == 300
    assert [spool.has(sha) for sha in shas] == [True, False, False, False, True, True]
    age(folder, shas[4], GRACE + 60)
    assert spool.sweep({shas[0]}, cap=0, age=1e9) == 200
    assert not spool.has(shas[4])


@given(st.lists(st.integers(0, 3 * BLOCK // 2), max_size=4), st.integers(0, 2 * BLOCK))
def test_direct_files_hold_what_was_written(sizes: list[int], offset: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.touch()
        parts = [os.urandom(size) for size in sizes]
        with Writer(path) as writer:
            for part in parts:
                writer.write(memoryview(part))
            sha, size = writer.finish()
        data = b"".join(parts)
        assert path.read_bytes() == data
        assert size == len(data)
        assert sha == values_sha(data)
        assert b"".join(read_blocks(path, min(offset, size))) == data[offset:]
        if size:
            assert bytes(read_whole(path, size)) == data


def values_sha(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


# Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "jobs.sqlite")


def record(job: str, state: pb.State = pb.STATE_QUEUED, key: str = "", ended: float = 0.0) -> Record:
    return Record(pb.Job(id=job, operation="flats", state=state, ended=ended), b"request", f"digest {job}", key)


def test_jobs_and_events_are_there_after_a_reopening(store: Store, tmp_path: Path) -> None:
    made = record("a", key="k")
    store.add(made, [pb.Event(sequence=1, state=pb.STATE_QUEUED)], ["x" * 64])
    made.job.state = pb.STATE_RUNNING
    made.attempts = 1
    store.change(made, [pb.Event(sequence=2, progress=pb.Progress(fraction=0.5)), pb.Event(sequence=3, warning="w")])
    store.close()
    again = Store(tmp_path / "jobs.sqlite")
    assert again.get("a") == made
    assert again.by_key("k") == made
    assert again.live() == [made]
    assert [event.sequence for event in again.events("a", 1)] == [2, 3]
    assert again.last_sequence("a") == 3
    made.job.state = pb.STATE_DONE
    again.change(made, [pb.Event(sequence=4, state=pb.STATE_DONE)], ["y" * 64])
    assert [event.sequence for event in again.events("a", 0)] == [1, 3, 4], "progress is forgotten at the end"
    assert again.done_with("digest a") == made
    assert again.pinned(time.time()) == set()
    made.job.ended = time.time()
    again.change(made, [])
    assert again.pinned(time.time() - 10) == {"x" * 64, "y" * 64}
    assert again.forget(time.time() + 10) == 1
    with pytest.raises(NotFound):
        again.get("a")
    assert again.events("a", 0) == []


def test_keys_and_ids_are_unique(store: Store) -> None:
    import sqlite3

    store.add(record("a", key="k"), [], [])
    with pytest.raises(sqlite3.IntegrityError):
        store.add(record("b", key="k"), [], [])
    store.add(record("c"), [], [])
    store.add(record("d"), [], [])
    assert [job.id for job in store.newest(10)] == ["d", "c", "a"]
    assert store.newest(10, [pb.STATE_DONE]) == []


def test_drafts_are_in_no_list_and_go_with_what_only_they_need(store: Store, spool: Spool, tmp_path: Path) -> None:
    shared, own = spool.put(b"a drawing"), spool.put(b"a look at it")
    store.add(record("kept", pb.STATE_DONE, ended=time.time()), [], [shared.sha256])
    draft = record("draft", pb.STATE_DONE, ended=time.time() - 60)
    draft.draft, draft.settled = True, False
    store.add(draft, [], [shared.sha256, own.sha256])
    assert store.get("draft") == draft
    assert [job.id for job in store.newest(10)] == ["kept"]
    assert store.unsettled() == []
    assert store.forget_drafts(time.time() - 100) == set()
    assert store.forget_drafts(time.time()) == {own.sha256}
    with pytest.raises(NotFound):
        store.get("draft")
    spool.drop([own.sha256])
    assert spool.has(own.sha256), "it was used a moment ago"
    age(tmp_path / "spool", own.sha256, 3600)
    spool.drop([own.sha256])
    assert not spool.has(own.sha256)


def test_a_full_disk_changes_nothing(store: Store) -> None:
    store.add(record("a"), [], [])
    store._database.execute("PRAGMA max_page_count = 1")
    large = record("b")
    large.request = os.urandom(1 << 20)
    with pytest.raises(TooLarge, match="disk is full"):
        store.add(large, [pb.Event(sequence=1, state=pb.STATE_QUEUED)], [])
    assert [job.id for job in store.newest(10)] == ["a"]
    assert store.events("b", 0) == []


def test_ended_states_are_all_but_two() -> None:
    assert len(ENDED) == 3
    assert values_pb2.Blob().size == 0
