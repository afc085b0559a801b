"""The daemon as a service: what it tells its keepers, what it refuses, how it goes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client.parser import text_string_to_metric_families

from daemons import TREE, Daemon, drawing, environment, lines, request, result_bytes, running, until
from shiage.client import Client, DaemonError, ensure
from shiage.service.metrics import MOST_STAGES, Metrics
from shiage.v1 import jobs_pb2 as pb

ONE = ("--workers", "1")


def log_of(home: Path) -> list[dict[str, object]]:
    """The daemon's log."""
    return [json.loads(line) for line in (home / "log" / "daemon.log").read_text().splitlines()]


def metrics_at(home: Path) -> str:
    """Where this daemon shows its metrics."""
    return str(next(entry["address"] for entry in log_of(home) if entry["what"] == "metrics"))


def get(url: str, context: ssl.SSLContext | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name and its labels' values."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_tell_what_was_done(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home, *ONE, "--metrics", "0") as daemon, daemon.client() as client:
        for _ in range(2):
            client.wait(client.submit(request(client, "soften", drawing(1), steps=3, pause=0.01)).id)
        with pytest.raises(DaemonError, match="nothing to see"):
            client.wait(client.submit(request(client, "fail")).id)
        client.wait(client.submit(request(client, "crash", trace=str(tmp_path / "trace"))).id)
        with pytest.raises(DaemonError):
            client.job("no such job")
        url = f"http://{metrics_at(home)}"
        status, text = get(f"{url}/metrics")
        told = samples(text)
        assert status == 200
        assert told["shiage_jobs_total", "soften", "done"] == 1
        assert told["shiage_jobs_total", "fail", "failed"] == 1
        assert told["shiage_cache_hits_total", "results"] == 1
        assert told["shiage_cache_misses_total", "results"] == 3
        assert told["shiage_cache_hits_total", "blobs"] == 1
        assert told["shiage_cache_misses_total", "blobs"] == 1
        assert told["shiage_errors_total", "BadInput", "job"] == 1
        assert told["shiage_errors_total", "NotFound", "call"] == 1
        assert told["shiage_workers_lost_total", "crash"] == 1
        assert told["shiage_job_run_seconds_count", "soften"] == 1
        assert told["shiage_stage_seconds_sum", "soften", "pass"] >= 0.02, "steps after the first word"
        for stage in ("reading", "soften", "writing"):
            assert told["shiage_stage_seconds_count", "soften", stage] == 1
        assert told["shiage_memory_bytes", "daemon"] > 1 << 20
        assert told["shiage_memory_bytes", "worker-0"] > 1 << 20
        assert told["shiage_call_seconds_count", "Submit"] == 4
        assert told["shiage_spool_bytes",] > 0
        assert (told["shiage_jobs_running",], told["shiage_jobs_waiting", "batch"]) == (0, 0)
        assert get(f"{url}/live")[0] == get(f"{url}/ready")[0] == 200
        assert get(f"{url}/")[0] == 404


def test_stages_of_a_site_can_not_grow_without_end() -> None:
    metrics = Metrics()
    assert metrics._stage("a", "frame 7 of 20") == metrics._stage("a", "frame 8 of 20") == "frame"
    assert metrics._stage("a", "12") == "working"
    words = {metrics._stage("b", "x" * number) for number in range(1, 2 * MOST_STAGES)}
    assert len(words) < MOST_STAGES
    assert "other" in words


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--metrics", "0.0.0.0:0"], 2, "other machines"),
        (["--metrics", "here"], 2, "HOST:PORT or PORT"),
        (["--metrics", "127.0.0.1:99999"], 2, "HOST:PORT or PORT"),
        (["--queue-per-client", "0"], 2, "no number of 1 or more"),
        (["--log-format", "xml"], 2, "xml"),
    ],
)
def test_flags_that_can_not_be_are_refused(tmp_path: Path, flags: list[str], code: int, words: str) -> None:
    done = Daemon(tmp_path / "home", *ONE, *flags).try_start()
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_logs_as_json_for_a_supervisor(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home, *ONE, "--log-format", "json") as daemon:
        with daemon.client() as client:
            asked = request(client, "invert", drawing(1))
            asked.client = "test"
            job = client.wait(client.submit(asked).id)
        assert daemon.stop() == 0
    told = [json.loads(line) for line in (tmp_path / "home.start.log").read_text().splitlines()]
    assert told == log_of(home)
    (ended,) = [entry for entry in told if entry["what"] == "job ended"]
    assert ended["job"] == job.id
    assert (ended["operation"], ended["client"], ended["state"]) == ("invert", "test", "done")
    assert ended["ran"] >= 0
    assert {"time", "level", "where"} <= set(ended)
    assert [entry["what"] for entry in told][-2:] == ["draining", "ending"]


def test_a_drain_ends_what_runs_and_keeps_what_waits(tmp_path: Path) -> None:
    home, trace = tmp_path / "home", tmp_path / "trace"
    with running(home, *ONE, "--grace", "60", "--metrics", "0") as daemon:
        with daemon.client(patience=0.1) as client, grpc.insecure_channel(client.lock.address) as channel:
            runs = client.submit(request(client, "soften", drawing(1), steps=80, pause=0.02, trace=str(trace)))
            waits = [client.submit(request(client, "soften", drawing(n), steps=2, pause=0.0)) for n in (2, 3)]
            late = request(client, "invert", drawing(4))
            until(lambda: lines(trace))
            daemon.process.send_signal(signal.SIGTERM)
            ready = f"http://{metrics_at(home)}/ready"
            until(lambda: get(ready)[0] == 503)
            assert len(lines(trace)) < 80, "it still runs"
            health = health_pb2_grpc.HealthStub(channel)
            assert health.Check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.NOT_SERVING
            with pytest.raises(DaemonError) as refused:
                client.submit(late)
            assert refused.value.code == "Unreachable"
            assert client.job(runs.id).state == pb.STATE_RUNNING, "questions are still answered"
        assert daemon.process.wait(60) == 0
        assert len(lines(trace)) == 80
        daemon.start()
        with daemon.client() as client:
            assert client.job(runs.id).state == pb.STATE_DONE
            assert all(client.wait(job.id).state == pb.STATE_DONE for job in waits)
            assert len(lines(trace)) == 80, "it did not run twice"


def test_a_second_signal_means_now(tmp_path: Path) -> None:
    home, trace = tmp_path / "home", tmp_path / "trace"
    with running(home, *ONE, "--grace", "600") as daemon:
        with daemon.client() as client:
            client.submit(request(client, "soften", drawing(1), steps=9000, pause=0.02, trace=str(trace)))
            until(lambda: lines(trace))
        for _ in range(2):
            daemon.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
        assert daemon.process.wait(60) == 0


def test_a_supervisor_is_told_when_it_is_ready_and_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with running(tmp_path / "home", *ONE) as daemon:
            assert supervisor.recv(100) == b"READY=1"
            daemon.process.send_signal(signal.SIGTERM)
            assert supervisor.recv(100) == b"STOPPING=1"
            assert daemon.process.wait(30) == 0


def test_limits(tmp_path: Path) -> None:
    flags = ("--most-megapixels", "0.01", "--queue", "5", "--queue-per-client", "2")
    with running(tmp_path / "home", *ONE, *flags) as daemon, daemon.client() as client:
        for named in (False, True):
            asked = request(client, "invert", drawing(1, side=128))
            if named:  # as a file, whose size only the worker sees
                raster = asked.inputs["drawing"].values[0].raster
                png = drawing(1, side=128)
                from shiage.values.files import encode_picture

                raster.Clear()
                raster.pixels.CopyFrom(client.put_bytes(encode_picture(png, ".png")))
                raster.encoding = 2
            with pytest.raises(DaemonError, match=r"128 x 128; at most .* 10,000 pixels") as caught:
                client.wait(client.submit(asked).id)
            assert caught.value.code == ("TooLarge" if named else "BadParameters")
        client.wait(client.submit(request(client, "invert", drawing(2, side=96))).id)

        def wait_in_line(number: int, caller: str) -> str:
            asked = request(client, "soften", drawing(number), steps=1000, pause=0.02)
            asked.client = caller
            return client.submit(asked).id

        jobs = [wait_in_line(10, "krita")]
        until(lambda: client.info().running == 1)
        jobs += [wait_in_line(11, "krita"), wait_in_line(12, "krita")]
        with pytest.raises(DaemonError, match=r"2 jobs of this caller \(krita\) wait already") as caught:
            wait_in_line(13, "krita")
        assert caught.value.code == "TooLarge"
        jobs += [wait_in_line(n, "blender") for n in (14, 15)]
        client.cancel(jobs[1])
        jobs += [wait_in_line(16, "krita"), wait_in_line(17, "cli")]
        with pytest.raises(DaemonError, match="5 jobs wait already"):
            wait_in_line(18, "cli")
        # What waits on a caller's account still does after a restart.
        daemon.kill()
        daemon.start()
        until(lambda: client.info().running == 1)
        client.cancel(jobs[0])
        until(lambda: client.info().queued <= 4)
        client.cancel(jobs[-1])
        wait_in_line(19, "cli")
        with pytest.raises(DaemonError, match="wait already"):
            wait_in_line(20, "blender")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A studio's authority, with certificates for the daemon and for an artist; and a stranger's."""
    folder = tmp_path_factory.mktemp("papers")

    def openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder)

    for name in ("studio", "stranger"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.pem")  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost")
    for name in ("daemon", "artist"):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "studio.pem", "-CAkey", "studio.key", "-days", 2,
                "-extfile", "names", "-out", f"{name}.pem")  # fmt: skip
    return folder


@pytest.fixture
def studio(tmp_path: Path, papers: Path) -> Iterator[Daemon]:
    """A daemon for other machines that asks for certificates."""
    flags = ["--listen", "tcp:0.0.0.0:0", "--metrics", "0.0.0.0:0", "--queue-per-client", "1"]
    flags += ["--tls-cert", str(papers / "daemon.pem"), "--tls-key", str(papers / "daemon.key")]
    flags += ["--tls-ca", str(papers / "studio.pem"), "--tls-client-ca", str(papers / "studio.pem")]
    with running(tmp_path / "server", *ONE, *flags) as daemon:
        yield daemon


def settle_in(home: Path, server: Daemon, papers: Path, who: str) -> None:
    """An artist's home that names the studio's daemon."""
    home.mkdir(exist_ok=True)
    lock = json.loads((server.home / "daemon.lock").read_text())
    remote = {"address": lock["address"], "token_path": lock["token_path"], "ca_path": str(papers / "studio.pem")}
    if who:
        remote |= {"certificate_path": str(papers / f"{who}.pem"), "key_path": str(papers / f"{who}.key")}
    (home / "remote.json").write_text(json.dumps(remote))


def test_a_studio_network(tmp_path: Path, papers: Path, studio: Daemon) -> None:
    home = tmp_path / "artist"
    settle_in(home, studio, papers, "artist")
    with Client.connect(home) as client:
        job = client.wait(client.submit(request(client, "invert", drawing(1))).id)
        assert result_bytes(client, job)
        first = client.submit(request(client, "soften", drawing(2), steps=1000))
        until(lambda: client.info().running == 1)
        waits = client.submit(request(client, "soften", drawing(3), steps=1000))
        with pytest.raises(DaemonError, match=r"jobs of this caller \(artist\)"):
            client.submit(request(client, "soften", drawing(4), steps=1000))
        for one in (first, waits):
            client.cancel(one.id)
    with ensure(["no-such-command"], home) as adopted:
        assert adopted.info().pid == studio.process.pid
    told = subprocess.run(
        [sys.executable, "-m", "shiage", "status", "--json"],
        env={**environment(), "SHIAGE_HOME": str(home)}, capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert json.loads(told.stdout)["pid"] == studio.process.pid
    for who in ("stranger", ""):
        settle_in(home, studio, papers, who)
        with pytest.raises(DaemonError):
            Client.connect(home, deadline=3)
        with pytest.raises(DaemonError):
            ensure(["no-such-command"], home)
    metrics = f"https://localhost:{metrics_at(studio.home).rpartition(':')[2]}/metrics"
    context = ssl.create_default_context(cafile=str(papers / "studio.pem"))
    with pytest.raises((OSError, ssl.SSLError)):
        get(metrics, context)
    context.load_cert_chain(papers / "artist.pem", papers / "artist.key")
    assert get(metrics, context)[0] == 200


def test_certificates_are_renewed_without_a_restart(tmp_path: Path, papers: Path) -> None:
    mine = tmp_path / "papers"
    shutil.copytree(papers, mine)
    flags = [
        "--listen",
        "tcp:127.0.0.1:0",
        "--tls-cert",
        str(mine / "daemon.pem"),
        "--tls-key",
        str(mine / "daemon.key"),
    ]
    with running(tmp_path / "home", *ONE, *flags, "--tls-ca", str(mine / "studio.pem")) as daemon:
        host, _, port = daemon.client().lock.address.rpartition(":")

        def shown() -> str:
            return ssl.get_server_certificate((host, int(port)))

        before = shown()
        for end in ("key", "pem"):
            shutil.copy(mine / f"artist.{end}", mine / f"daemon.{end}")
        assert shown() != before
        assert shown().split() == (mine / "artist.pem").read_text().split()
        with daemon.client() as client:
            assert client.info().pid == daemon.process.pid


def test_a_remote_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "remote.json").write_text('{"addr')
    with pytest.raises(DaemonError, match=r"remote\.json can't be used") as caught:
        Client.connect(tmp_path)
    assert caught.value.code == "NotReady"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    unit = (TREE / "packaging" / "systemd" / "shiage.service").read_text()
    program = tmp_path / "shiage"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    placed = tmp_path / "shiage.service"
    placed.write_text(unit.replace("/opt/shiage/bin/shiage", str(program)))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(placed)], capture_output=True, text=True, check=False,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert "shiage.service" not in checked.stderr, checked.stderr


def test_the_unit_and_the_container_start_what_there_is() -> None:
    """Every flag that they give is one that `shiage serve` has."""
    from shiage.service.serve import parser

    unit = (TREE / "packaging" / "systemd" / "shiage.service").read_text()
    (start,) = [line.partition("=")[2] for line in unit.splitlines() if line.startswith("ExecStart=")]
    program, command, *flags = start.split()
    assert (program, command) == ("/opt/shiage/bin/shiage", "serve")
    grace = parser().parse_args([flag.replace("%S", "/var/lib").replace("%h", "/") for flag in flags]).grace
    (patience,) = [line.partition("=")[2] for line in unit.splitlines() if line.startswith("TimeoutStopSec=")]
    assert grace < float(patience), "systemd must not kill what still drains"
    recipe = (TREE / "packaging" / "container" / "Containerfile").read_text()
    (words,) = [line.partition(" ")[2] for line in recipe.splitlines() if line.startswith("CMD ")]
    assert json.loads(words)[0] == "serve"
    parser().parse_args(json.loads(words)[1:])
