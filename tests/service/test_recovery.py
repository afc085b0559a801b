"""What is left after ``kill -9``, a stop, a start: nothing is lost, nothing is done twice, nobody is locked out."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
import threading
from pathlib import Path

import psutil
import pytest

from daemons import Daemon, drawing, environment, left_over, lines, request, result_bytes, running, until
from shiage.client import Client, DaemonError, ensure, read_lock, start
from shiage.v1 import jobs_pb2 as pb

# Half the time to start, where one is enough.
ONE = ("--workers", "1")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_a_killed_daemon_finishes_its_jobs_with_the_same_bytes(place: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    parameters = {"steps": 60, "pause": 0.02}
    with running(place, *ONE) as daemon:
        with daemon.client() as client:
            asked = request(client, "soften", drawing(1), **parameters, trace=str(trace))
            job = client.submit(asked)
            waiting = client.submit(request(client, "soften", drawing(2), **parameters))
            until(lambda: len(lines(trace)) > 20)
            workers = psutil.Process(daemon.process.pid).children()
        daemon.kill()
        until(lambda: not any(worker.is_running() for worker in workers))
        assert len(lines(trace)) < 60, "it was killed in the middle"

        daemon.start()
        with daemon.client() as client:
            done = client.wait(job.id)
            assert client.wait(waiting.id).state == pb.STATE_DONE
            interrupted = result_bytes(client, done)
            assert not done.from_store
    with running(tmp_path / "undisturbed", *ONE) as other, other.client() as client:
        asked = request(client, "soften", drawing(1), **parameters)
        assert result_bytes(client, client.wait(client.submit(asked).id)) == interrupted
    assert left_over(place) == []


def test_a_watch_outlives_the_daemon(place: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with running(place, *ONE) as daemon, daemon.client(patience=60.0) as client:
        job = client.submit(request(client, "soften", drawing(3), steps=60, pause=0.02, trace=str(trace)))
        seen: list[pb.Event] = []
        watcher = threading.Thread(target=lambda: seen.extend(client.watch(job.id)))
        watcher.start()
        until(lambda: len(lines(trace)) > 10)
        daemon.kill()
        daemon.start()
        watcher.join(60)
        assert not watcher.is_alive()
        sequence = [event.sequence for event in seen]
        assert sequence == sorted(set(sequence)), "no number is given twice"
        states = [event.state for event in seen if event.WhichOneof("what") == "state"]
        assert states == [
            pb.STATE_QUEUED,
            pb.STATE_RUNNING,
            pb.STATE_QUEUED,
            pb.STATE_RUNNING,
            pb.STATE_DONE,
        ]
        assert seen[-1].job.state == pb.STATE_DONE


def test_a_call_outlives_a_restart(place: Path) -> None:
    with running(place, *ONE) as daemon, daemon.client(patience=60.0) as client:
        blob = client.put_bytes(b"kept" * 1000)
        daemon.kill()
        restart = threading.Timer(0.5, daemon.start)
        restart.start()
        assert bytes(client.get_bytes(blob)) == b"kept" * 1000
        restart.join()


def test_results_and_blobs_are_there_after_a_kill(place: Path) -> None:
    with running(place, *ONE) as daemon:
        with daemon.client() as client:
            asked = request(client, "invert", drawing(4))
            job = client.wait(client.submit(asked).id)
            before = result_bytes(client, job)
            large = client.put_bytes(os.urandom(20 << 20))
        daemon.kill()
        daemon.start()
        with daemon.client() as client:
            assert client.job(job.id) == job
            assert result_bytes(client, job) == before
            assert client.submit(asked).from_store
            assert client.missing([large.sha256]) == []


def test_a_torn_blob_is_found_out(place: Path) -> None:
    with running(place, *ONE) as daemon:
        with daemon.client() as client:
            job = client.wait(client.submit(request(client, "invert", drawing(5))).id)
            sha = job.outputs["result"].values[0].raster.pixels.sha256
            before = result_bytes(client, job)
        daemon.kill()
        # As a loss of power leaves it: the name is there, the bytes are not, and the store knows nothing of them.
        path = next((place / "spool").glob(sha + "*"))
        path.rename(place / "spool" / f"{sha}.new")
        (place / "spool" / f"{sha}.new").write_bytes(b"\0" * 16384)
        _change_store(place, "settled = 0", job.id)
        daemon.start()
        with daemon.client() as client:
            again = client.wait(job.id)
            assert again.ended > job.ended
            assert result_bytes(client, again) == before


def _change_store(place: Path, change: str, job: str) -> None:
    database = sqlite3.connect(place / "jobs.sqlite")
    with database:
        database.execute(f"UPDATE jobs SET {change} WHERE id = ?", (job,))
    database.close()


def test_a_stopped_daemon_puts_its_job_back(place: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with running(place, *ONE, "--grace", "0.2") as daemon:
        with daemon.client() as client:
            job = client.submit(request(client, "soften", drawing(6), steps=60, pause=0.02, trace=str(trace)))
            until(lambda: lines(trace))
        assert daemon.stop() == 0
        assert read_lock(place) is None
        assert not (place / "daemon.sock").exists()
        daemon.start()
        with daemon.client() as client:
            assert client.wait(job.id).state == pb.STATE_DONE


def test_a_stop_lets_what_runs_end(place: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with running(place, *ONE, "--grace", "60") as daemon:
        with daemon.client() as client:
            job = client.submit(request(client, "soften", drawing(7), steps=20, pause=0.02, trace=str(trace)))
            until(lambda: lines(trace))
            client.shutdown()
            until(lambda: daemon.process.poll() is not None)
        assert daemon.process.returncode == 0
        assert len(lines(trace)) == 20
        daemon.start()
        with daemon.client() as client:
            assert client.job(job.id).state == pb.STATE_DONE


def test_one_daemon_a_home(place: Path) -> None:
    with running(place, *ONE) as daemon:
        second = Daemon(place).try_start()
        assert second.returncode == 6
        assert f"another Shiage daemon for {place} (process {daemon.process.pid}" in second.stderr
        assert "Traceback" not in second.stderr
        with daemon.client() as client:
            assert client.info().pid == daemon.process.pid


def test_what_a_dead_daemon_left_blocks_nobody(place: Path) -> None:
    with running(place, *ONE) as daemon:
        daemon.kill()
        assert read_lock(place) is not None
        assert (place / "daemon.sock").exists()
        with pytest.raises(DaemonError, match="does not answer") as caught:
            Client.connect(place)
        assert caught.value.code == "Unreachable"
        # Half-written things go at the next start; a process that happens to have the old number doesn't matter.
        (place / "spool" / "tmp" / "half").write_bytes(b"half")
        lock = json.loads((place / "daemon.lock").read_text())
        (place / "daemon.lock").write_text(json.dumps({**lock, "pid": os.getpid()}))
        daemon.start()
        assert left_over(place) == []


def test_a_daemon_whose_home_is_deleted_ends_and_leaves_its_successor_alone(place: Path) -> None:
    with running(place, *ONE) as first:
        shutil.rmtree(place)
        with running(place, *ONE) as second:
            assert first.process.wait(30) == 0
            with second.client() as client:
                assert client.wait(client.submit(request(client, "invert", drawing(10))).id).state == pb.STATE_DONE


def test_workers_go_with_their_daemon(place: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with running(place) as daemon:
        with daemon.client() as client:
            client.submit(
                request(client, "soften", drawing(8), steps=1000, pause=0.02, stubborn=True, trace=str(trace))
            )
            until(lambda: lines(trace))
        workers = psutil.Process(daemon.process.pid).children()
        assert len(workers) == 2
        daemon.kill()
        until(lambda: not any(worker.is_running() for worker in workers))


def test_a_hoarding_worker_is_replaced(place: Path, tmp_path: Path) -> None:
    with running(place, "--worker-gib", "0.3", "--workers", "1") as daemon, daemon.client() as client:
        pids = []
        for number in range(2):
            trace = str(tmp_path / f"{number}")
            job = client.wait(client.submit(request(client, "hoard", mebibytes=400, trace=trace)).id)
            pids.append(json.loads(job.outputs["facts"].values[0].facts.json)["pid"])
        assert len(set(pids)) == 2
        until(lambda: not psutil.pid_exists(pids[0]))


def test_ensure_starts_one_daemon_and_adopts_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    executable = [sys.executable, "-m", "shiage.service"]
    clients: list[Client] = []
    threads = [threading.Thread(target=lambda: clients.append(ensure(executable, place))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert len({client.info().pid for client in clients}) == 1
        assert len(clients) == 3
        with ensure(["no-such-command"], place) as adopted:
            assert adopted.info().pid == clients[0].info().pid
    finally:
        clients[0].shutdown(now=True)
        for client in clients:
            client.close()
    until(lambda: read_lock(place) is None)


def test_a_daemon_that_can_not_start_says_why(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    monkeypatch.setenv("SHIAGE_EXTRA_OPERATIONS", "no_such_module")
    with pytest.raises(DaemonError, match="no_such_module") as caught:
        start([sys.executable, "-m", "shiage.service"], place)
    assert caught.value.code == "Unreachable"
    with pytest.raises(DaemonError, match="can't be started"):
        start([str(place / "nothing")], place)


def test_another_protocol_is_named(place: Path) -> None:
    with running(place, *ONE):
        lock = json.loads((place / "daemon.lock").read_text())
        (place / "daemon.lock").write_text(json.dumps({**lock, "protocol": 99}))
        with pytest.raises(DaemonError, match="protocol 99") as caught:
            Client.connect(place)
        assert caught.value.code == "NotReady"


def test_a_newer_store_is_left_alone(place: Path) -> None:
    place.mkdir()
    database = sqlite3.connect(place / "jobs.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    done = Daemon(place).try_start()
    assert done.returncode == 6
    assert "newer Shiage" in done.stderr


def test_a_terminal_interrupt_stops_it(place: Path) -> None:
    with running(place, *ONE) as daemon:
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.process.wait(30) == 0


def test_a_job_that_takes_the_daemon_down_is_given_up(place: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with running(place, *ONE) as daemon:
        with daemon.client() as client:
            asked = request(client, "soften", drawing(9), steps=500, pause=0.02, trace=str(trace))
            job = client.submit(asked)
            until(lambda: lines(trace))
        daemon.kill()
        _change_store(place, "attempts = attempts + 4", job.id)
        daemon.start()
        with daemon.client() as client:
            with pytest.raises(DaemonError, match="begun 5 times"):
                client.wait(job.id)
            assert client.info().queued == 0
