"""Work on a Ray cluster: the same bytes as here, and nothing lost with a worker."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from daemons import Daemon, drawing, environment, left_over, lines, request, result_bytes, running, until
from shiage.client import DaemonError
from shiage.v1 import jobs_pb2 as pb

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed (shiage[ray])")

# A cluster of two processors, as somebody else runs it. Its memory is small, its sockets have short names.
HEAD = """
import ray, sys
context = ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR",
                   object_store_memory=100 << 20, _node_ip_address="127.0.0.1", _temp_dir=sys.argv[1])
print(context.address_info["gcs_address"], flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[str, psutil.Process]]:
    """Its address, and the process that it hangs on."""
    quiet = {**environment(), "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        head = subprocess.Popen(
            [sys.executable, "-c", HEAD, folder],
            env=quiet, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            assert head.stdout is not None
            assert head.stdin is not None
            address = head.stdout.readline().strip()
            assert address
            yield address, psutil.Process(head.pid)
            head.stdin.close()
            head.wait(60)
        finally:
            head.kill()
            head.wait()


def actors(head: psutil.Process) -> list[psutil.Process]:
    """The workers' processes."""
    found = []
    for process in head.children(recursive=True):
        try:
            if process.name().startswith("ray::Actor") or "ray::Actor" in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """Ten frames, 8 and 16 bit."""
    folder = tmp_path / "shot"
    folder.mkdir()
    for number in range(1001, 1011):
        depth = np.uint16 if number % 2 else np.uint8
        pixels = np.random.default_rng(number).integers(0, np.iinfo(depth).max, (24, 32, 4), depth)
        cv2.imwrite(str(folder / f"sh010.{number}.png"), pixels)
    return folder


def batch_command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "shiage", "batch", *map(str, arguments), "--json"]


def batch(*arguments: object) -> tuple[int, list[dict[str, object]]]:
    done = subprocess.run(
        batch_command(*arguments), env=environment(), capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_killed_ray_worker_loses_nothing_and_the_bytes_are_the_same(
    shot: Path, tmp_path: Path, cluster: tuple[str, psutil.Process]
) -> None:
    address, head = cluster
    out, here, trace = tmp_path / "out", tmp_path / "here", tmp_path / "trace"
    (shot / "sh010.1003.png").write_bytes(b"not a picture")
    asked = ("--set", "steps=25", "--set", "pause=0.02")
    running = subprocess.Popen(
        batch_command("soften", shot, "-o", out, "--workers", "2", "--engine", f"ray={address}", *asked,
                      "--set", f"trace={trace}"),
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until(lambda: len(lines(trace)) > 60, 90)
        victim = actors(head)[0]
        victim.kill()
        told, errors = running.communicate(timeout=120)
    finally:
        running.kill()
    events = [json.loads(line) for line in told.splitlines()]
    assert running.returncode == 1, errors
    assert {event["frame"]: event["state"] for event in events} == {
        f"sh010.{n}.png": "failed" if n == 1003 else "done" for n in range(1001, 1011)
    }
    assert len(events) == 10
    # The frame that it had begun begins again, no other does; on a busy machine it may have been between two.
    assert lines(trace).count("step 0") in (9, 10)
    assert batch("soften", shot, "-o", here, "--workers", "1", *asked)[0] == 1
    for path in here.glob("*.png"):
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    code, events = batch("soften", shot, "-o", out, "--engine", f"ray={address}", *asked, "--set", f"trace={trace}")
    assert code == 1
    assert {event["state"] for event in events} == {"skipped", "failed"}


def test_a_cluster_of_this_machine_only_for_the_batch(shot: Path, tmp_path: Path) -> None:
    out, here = tmp_path / "out", tmp_path / "here"
    code, events = batch("invert", shot, "-o", out, "--engine", "ray", "--workers", "2", "--output", "facts")
    assert (code, len(events)) == (0, 10)
    assert len(list((out / "facts").iterdir())) == 10
    assert batch("invert", shot, "-o", here, "--workers", "1")[0] == 0
    for path in here.glob("*.png"):
        assert (out / path.name).read_bytes() == path.read_bytes()


@pytest.fixture(scope="module")
def far(cluster: tuple[str, psutil.Process], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon whose jobs run on the cluster."""
    home = tmp_path_factory.mktemp("far") / "home"
    with running(home, "--workers", "1", "--engine", f"ray={cluster[0]}", "--metrics", "0") as daemon:
        yield daemon
        assert daemon.stop() == 0


def test_the_daemon_sends_its_jobs_there(far: Daemon) -> None:
    with far.client() as client:
        job = client.submit(request(client, "soften", drawing(1), steps=30, pause=0.02))
        events = list(client.watch(job.id))
        kinds = [event.WhichOneof("what") for event in events]
        assert {"state", "progress", "preview", "warning"} <= set(kinds)
        preview = next(event.preview for event in events if event.WhichOneof("what") == "preview")
        assert client.get_bytes(preview.raster.pixels)
        assert events[-1].job.state == pb.STATE_DONE
        assert len(result_bytes(client, events[-1].job)) == 64 * 64 * 4
        with pytest.raises(DaemonError, match="nothing to see"):
            client.wait(client.submit(request(client, "fail")).id)
    assert left_over(far.home) == []


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_job_over_there_can_be_cancelled(far: Daemon, tmp_path: Path, stubborn: bool) -> None:
    trace = tmp_path / "trace"
    with far.client() as client:
        asked = request(client, "soften", drawing(2), steps=4000, pause=0.02, stubborn=stubborn, trace=str(trace))
        job = client.submit(asked)
        behind = client.submit(request(client, "invert", drawing(3)))
        until(lambda: lines(trace))
        client.cancel(job.id)
        assert client.job(job.id).state == pb.STATE_CANCELLED
        assert client.wait(behind.id).state == pb.STATE_DONE
        assert len(lines(trace)) < 4000


def test_a_job_outlives_its_worker_over_there(far: Daemon, cluster: tuple[str, psutil.Process], tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with far.client() as client:
        client.wait(client.submit(request(client, "invert", drawing(5))).id)
        job = client.submit(request(client, "soften", drawing(4), steps=40, pause=0.02, trace=str(trace)))
        until(lambda: len(lines(trace)) > 10)
        (victim,) = actors(cluster[1])
        victim.kill()
        assert client.wait(job.id).state == pb.STATE_DONE
        assert lines(trace).count("step 0") == 2
        until(lambda: actors(cluster[1]))
        for victim in actors(cluster[1]):  # one that has nothing to do is missed too
            victim.kill()
        assert client.wait(client.submit(request(client, "invert", drawing(6))).id).state == pb.STATE_DONE


def test_what_can_not_be_is_told(shot: Path, tmp_path: Path) -> None:
    def failed(*flags: str, path: str = "") -> subprocess.CompletedProcess[str]:
        place = environment() if not path else {**environment(), "PYTHONPATH": path + ":" + environment()["PYTHONPATH"]}
        return subprocess.run(
            batch_command("invert", shot, "-o", tmp_path / "out", *flags), env=place, capture_output=True, text=True,
            check=False, timeout=180,
        )  # fmt: skip

    wrong = failed("--engine", "sun")
    assert wrong.returncode == 2
    assert "is local, ray or ray=ADDRESS" in wrong.stderr
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "ray.py").write_text("raise ImportError('no ray')")
    absent = failed("--engine", "ray", path=str(tmp_path / "without"))
    assert absent.returncode == 6
    assert "pip install 'shiage[ray]'" in absent.stderr
    nobody = failed("--engine", "ray=127.0.0.1:9")
    assert nobody.returncode == 6, nobody.stderr
    assert "127.0.0.1:9 can't be used" in nobody.stderr
    assert "Traceback" not in nobody.stderr
