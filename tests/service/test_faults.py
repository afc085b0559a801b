"""What breaks in a studio: disks fill up, files change, networks stall, everybody comes at once. Nothing is lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import grpc
import numpy as np
import psutil
import pytest

from crowd import crowd
from daemons import drawing, environment, left_over, lines, request, result_bytes, running, until
from shiage.batch import Asked, Event, frames_of, run_batch
from shiage.batch._writing import Shelf
from shiage.client import Client, DaemonError
from shiage.client._blobs import blob_of_bytes
from shiage.errors import BadInput
from shiage.operations import get
from shiage.v1 import jobs_pb2 as pb
from shiage.v1 import jobs_pb2_grpc
from shiage.values import Raster
from shiage.values.files import encode_picture, read_bytes

ONE = ("--workers", "1")
MIB = 1 << 20


def test_a_killed_worker_costs_no_job(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with running(tmp_path / "home", *ONE) as daemon, daemon.client() as client:
        undisturbed = client.wait(client.submit(request(client, "soften", drawing(1), steps=40, pause=0.02)).id)
        asked = request(client, "soften", drawing(1), steps=40, pause=0.02, trace=str(trace))
        job = client.submit(asked)
        behind = [client.submit(request(client, "invert", drawing(n))) for n in (2, 3)]
        until(lambda: len(lines(trace)) > 10)
        psutil.Process(daemon.process.pid).children()[0].kill()
        assert result_bytes(client, client.wait(job.id)) == result_bytes(client, undisturbed)
        assert lines(trace).count("step 0") == 2, "it began again"
        assert [client.wait(one.id).state for one in behind] == [pb.STATE_DONE] * 2
    assert left_over(tmp_path / "home") == []


def test_ten_thousand_jobs_wait_and_outlive_the_daemon(tmp_path: Path) -> None:
    with running(tmp_path / "home", *ONE) as daemon, daemon.client(patience=60) as client:
        first = client.submit(request(client, "soften", drawing(1), steps=10000, pause=10))
        until(lambda: client.info().running == 1)
        asked = request(client, "invert", drawing(2), batch=True)
        before = psutil.Process(daemon.process.pid).memory_info().rss

        def submit(number: int) -> str:
            one = pb.SubmitRequest()
            one.CopyFrom(asked)
            one.title = f"sh010.{number:05}"
            one.parameters["strength"].number = number / 10_000
            return client.submit(one).id

        with ThreadPoolExecutor(16) as pool:
            jobs = list(pool.map(submit, range(10_000)))
        grown = psutil.Process(daemon.process.pid).memory_info().rss - before
        assert grown < 200 * MIB
        assert client.info().queued == len(set(jobs)) == 10_000
        with pytest.raises(DaemonError, match="10000 jobs wait already"):
            submit(9_999)
        daemon.kill()
        daemon.start()
        until(lambda: client.info().running == 1)
        assert client.info().queued == 10_000
        client.cancel(first.id)
        done = client.wait(jobs[0])
        assert done.title == "sh010.00000", "the first that came is the first that is done"


def test_fifty_clients_at_once(tmp_path: Path) -> None:
    """`make bench` does this for a minute and tells the times."""
    with running(tmp_path / "home") as daemon:
        met = crowd(daemon.home, 50, 4.0, (0.0, 1.0))
        assert met.errors == []
        assert met.jobs >= 50
        with daemon.client() as client:
            assert (client.info().queued, client.info().running) == (0, 0)
            assert {job.state for job in client.jobs(1000)} == {pb.STATE_DONE}
    assert left_over(tmp_path / "home") == []


def channel_to(client: Client) -> grpc.Channel:
    return grpc.insecure_channel(client.lock.address)


def test_a_reader_that_stops_reading_stops_nobody_else(tmp_path: Path) -> None:
    with running(tmp_path / "home", *ONE, "--stall", "1.5") as daemon, daemon.client() as client:
        blob = client.put_bytes(os.urandom(64 * MIB))
        before = psutil.Process(daemon.process.pid).memory_info().rss
        with channel_to(client) as channel:
            stub = jobs_pb2_grpc.ShiageStub(channel)
            streams = [stub.GetBlob(pb.GetBlobRequest(sha256=blob.sha256)) for _ in range(4)]
            for stream in streams:
                assert next(stream).data
            assert len(client.get_bytes(blob)) == blob.size, "others read on"
            assert client.wait(client.submit(request(client, "invert", drawing(1))).id).state == pb.STATE_DONE
            assert psutil.Process(daemon.process.pid).memory_info().rss - before < 96 * MIB, "nothing piles up"
            # It holds its place no longer than it may; what was on its way still comes.
            log = daemon.home / "log" / "daemon.log"
            until(lambda: log.read_text().count("a transfer stood still") >= len(streams))
            with pytest.raises(grpc.RpcError) as caught:
                sum(len(chunk.data) for chunk in streams[0])
            assert caught.value.code() is grpc.StatusCode.CANCELLED


def test_a_client_that_stops_in_the_middle_holds_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home, *ONE, "--stall", "3", "--spool-gib", "0.01") as daemon, daemon.client() as client:
        data = os.urandom(9 * MIB)
        go_on = threading.Event()

        def stops() -> Iterator[pb.PutBlobRequest]:
            yield pb.PutBlobRequest(header=blob_of_bytes(data))
            yield pb.PutBlobRequest(chunk=data[:MIB])
            go_on.wait(60)

        with channel_to(client) as channel:
            put = jobs_pb2_grpc.ShiageStub(channel).PutBlob.future(stops())
            until(lambda: left_over(home))
            with pytest.raises(DaemonError, match="no room"):
                client.put_bytes(os.urandom(9 * MIB))
            until(lambda: put.done() and not left_over(home))
            go_on.set()
            assert put.code() is grpc.StatusCode.CANCELLED
        assert client.info().spool_bytes == 0

        def has_room() -> bool:
            with suppress(DaemonError):  # its file goes a moment before its room is free
                client.put_bytes(data)
                return True
            return False

        until(has_room)
        assert client.info().spool_bytes == len(data), "the room that it had announced is free again"


# Sources that change


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "frame.png"
    path.write_bytes(b"old " * 1000)
    changes = iter([b"half", b"new " * 1000])
    after_reading(monkeypatch, lambda: path.write_bytes(change) if (change := next(changes, b"")) else None)
    assert read_bytes(path) == b"new " * 1000
    after_reading(monkeypatch, lambda: path.write_bytes(os.urandom(next(sizes))))
    sizes = iter(range(1, 100))
    with pytest.raises(BadInput, match="being written by another program"):
        read_bytes(path)


def after_reading(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Another program does ``act`` each time between our reading of a file and our second look at it."""
    looks = [0]
    fstat = os.fstat

    def spied(handle: int) -> os.stat_result:
        looks[0] += 1
        if looks[0] % 2 == 0:
            act()
        return fstat(handle)

    monkeypatch.setattr("shiage.values.files.os.fstat", spied)


def test_a_file_that_changes_while_it_is_sent_is_sent_anew(tmp_path: Path) -> None:
    with running(tmp_path / "home", *ONE) as daemon, daemon.client() as client:
        path = tmp_path / "frame.png"
        path.write_bytes(b"old" * 100)
        put, tries = client._put, []

        def interrupted(blob: object, requests: object) -> None:
            tries.append(blob)
            if len(tries) == 1:
                path.write_bytes(b"new" * 100)
            put(blob, requests)  # type: ignore[arg-type]

        client._put = interrupted  # type: ignore[method-assign]
        assert bytes(client.get_bytes(client.put_file(path))) == b"new" * 100
        assert len(tries) == 2
        path.unlink()
        with pytest.raises(DaemonError, match="can't be read"):
            client.put_file(path)
        assert left_over(daemon.home) == []


# A full disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Small disks of their own."""
    mounted: list[Path] = []

    def mount(mebibytes: int) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(place)], capture_output=True, check=False
        ) if os.name == "posix" and os.geteuid() == 0 else None  # fmt: skip
        if done is None or done.returncode:
            pytest.skip("only root may mount a small disk to fill")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """A file that takes what is free there."""
    ballast = place / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"\0" * MIB):
            pass
    assert shutil.disk_usage(place).free < 64 << 10
    return ballast


def test_a_disk_that_fills_up_under_the_daemon(tmp_path: Path, disk: Callable[[int], Path]) -> None:
    place, trace = disk(320), tmp_path / "trace"
    with running(place / "home", *ONE) as daemon, daemon.client() as client:
        asked = request(client, "soften", drawing(1, side=512), steps=150, pause=0.03, trace=str(trace))
        with pytest.raises(DaemonError, match=r"no room .* its disk has") as caught:
            client.put_bytes(os.urandom(100 * MIB))
        assert caught.value.code == "TooLarge"
        job = client.submit(asked)
        until(lambda: lines(trace))
        ballast = fill(place)
        assert len(lines(trace)) < 150, "it is full before the job ends"
        with pytest.raises(DaemonError) as refused:
            client.submit(request(client, "invert", drawing(2)))
        assert refused.value.code == "TooLarge"
        until(lambda: len(lines(trace)) == 150)
        time.sleep(1.5)  # its result finds no room, and for the news of that there is none either
        assert daemon.process.poll() is None
        ballast.unlink()
        with pytest.raises(DaemonError, match="disk is full") as caught:
            client.wait(job.id)
        assert caught.value.code == "TooLarge"
        assert left_over(daemon.home) == []
        again = client.wait(client.submit(asked).id)
        assert again.state == pb.STATE_DONE, "once there is room, the same request is done"
        daemon.kill()
        daemon.start()
        assert client.job(job.id).state == pb.STATE_FAILED
        assert result_bytes(client, client.job(again.id))


# Batches


def frames(folder: Path, numbers: range, side: int = 16) -> Path:
    """A shot of 16-bit noise."""
    folder.mkdir()
    for number in numbers:
        pixels = np.random.default_rng(number).integers(0, 65536, (side, side, 4), np.uint16)
        (folder / f"sh010.{number}.png").write_bytes(encode_picture(Raster(pixels), ".png"))
    return folder


def batch(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "shiage", "batch", *map(str, arguments), "--workers", "1", "--json"]


def told(output: str) -> dict[str, dict[str, object]]:
    return {event["frame"]: event for event in map(json.loads, output.splitlines())}


def test_a_source_that_goes_or_changes_while_its_batch_runs(tmp_path: Path) -> None:
    shot, out, trace = frames(tmp_path / "shot", range(1001, 1007)), tmp_path / "out", tmp_path / "trace"
    asked = ("--set", "steps=25", "--set", "pause=0.02")
    running = subprocess.Popen(
        batch("soften", shot, "-o", out, *asked, "--set", f"trace={trace}"),
        env=environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until(lambda: lines(trace), 60)
        other = frames(tmp_path / "other", range(2005, 2006)) / "sh010.2005.png"
        other.replace(shot / "sh010.1005.png")
        (shot / "sh010.1006.png").unlink()
        output, _ = running.communicate(timeout=120)
    finally:
        running.kill()
    assert running.returncode == 1
    events = told(output)
    assert [events[f"sh010.{n}.png"]["state"] for n in range(1001, 1007)] == ["done"] * 5 + ["failed"]
    assert "can't be read" in str(events["sh010.1006.png"]["error"])
    again = subprocess.run(
        batch("soften", shot, "-o", tmp_path / "again", *asked), env=environment(), capture_output=True, check=False
    )
    assert again.returncode == 0
    for path in (tmp_path / "again").glob("*.png"):
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_batch_whose_disk_fills_up(tmp_path: Path, disk: Callable[[int], Path]) -> None:
    shot, place = frames(tmp_path / "shot", range(1001, 1006), side=256), disk(2)  # half a MiB a frame
    command = batch("invert", shot, "-o", place)
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    events = told(done.stdout)
    assert done.returncode == 1
    states = sorted(str(event["state"]) for event in events.values())
    assert "failed" in states
    assert "done" in states
    assert len(states) == 5, "the rest went on"
    for event in events.values():
        if event["state"] == "failed":
            assert re.search("disk is full|No space left", str(event["error"]))
            assert str(place) in str(event["error"]), "it says which"
    whole = {name for name, event in events.items() if event["state"] == "done"}
    assert {path.name for path in place.iterdir()} - {".shiage-batch.jsonl"} == whole, "nothing is half there"
    subprocess.run(["mount", "-o", "remount,size=8m", str(place)], check=True)
    again = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stdout
    assert {name for name, event in told(again.stdout).items() if event["state"] == "skipped"} == whole
    assert len(list(place.glob("*.png"))) == 5


def test_frames_that_are_held_and_a_scratch_disk_that_stays_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    shot = frames(tmp_path / "shot", range(1001, 1051))
    for number in range(1051, 1081):  # the last drawing is held
        shutil.copy(shot / "sh010.1050.png", shot / f"sh010.{number}.png")
    blobs: list[int] = []

    def tell(event: Event) -> None:
        blobs.append(sum(path.is_file() for path in next(scratch.iterdir()).joinpath("spool").iterdir()))

    events = run_batch(Asked(get("flats").spec, {}, {}, tmp_path / "out"), frames_of(str(shot)), workers=2, tell=tell)
    assert {event.state for event in events} == {"done"}
    assert len(events) == 80
    assert len({(tmp_path / "out" / f"sh010.{number}.png").read_bytes() for number in range(1050, 1081)}) == 1
    assert max(blobs) <= 2 * (Shelf.LATER + 8), "a frame's blobs go when it is over"
    assert list(scratch.iterdir()) == []
