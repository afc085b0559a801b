"""What breaks in a studio: disks fill up, files change, networks stall, everybody comes at once. Nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import grpc
import psutil
import pytest

from crowd import crowd
from daemons import drawing, left_over, lines, request, result_bytes, running, until
from shiage.client import Client, DaemonError
from shiage.client._blobs import blob_of_bytes
from shiage.errors import BadInput
from shiage.v1 import jobs_pb2 as pb
from shiage.v1 import jobs_pb2_grpc
from shiage.values.files import read_bytes

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
        client.put_bytes(data)
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
