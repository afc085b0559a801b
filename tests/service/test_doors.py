"""Who gets in, over which door, and what others are told."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from daemons import Daemon, drawing, request, result_bytes, running
from shiage.client import Client, DaemonError, data_home, read_lock
from shiage.client._channel import Identity
from shiage.errors import ShiageError
from shiage.jobs import House
from shiage.service.address import default_socket, parse_listen
from shiage.service.serve import parser
from shiage.service.token import token_at
from shiage.v1 import jobs_pb2 as pb
from shiage.v1 import jobs_pb2_grpc


def test_the_socket_is_the_users_own(shared_daemon: Daemon) -> None:
    status = (shared_daemon.home / "daemon.sock").stat()
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert stat.S_IMODE(shared_daemon.home.stat().st_mode) == 0o700
    lock = read_lock(shared_daemon.home)
    assert lock is not None
    assert (lock.address, lock.token_path) == (f"unix:{shared_daemon.home}/daemon.sock", "")


def test_health_and_reflection(shared_daemon: Daemon) -> None:
    lock = read_lock(shared_daemon.home)
    assert lock is not None
    with grpc.insecure_channel(lock.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", "shiage.v1.Shiage"):
            answer = health.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        [answer] = reflection.ServerReflectionInfo(iter([asked]))
        assert "shiage.v1.Shiage" in {service.name for service in answer.list_services_response.service}


def test_a_long_home_gets_a_socket_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    home = tmp_path / ("long" * 30)
    with running(home) as daemon:
        lock = read_lock(home)
        assert lock is not None
        assert lock.address.startswith(f"unix:{tmp_path}/run/shiage/")
        with daemon.client() as client:
            assert client.info().pid == daemon.process.pid
        other = default_socket(House(tmp_path / ("other" * 30)))
        assert str(other) != lock.address.removeprefix("unix:")
    (tmp_path / "run" / "shiage").chmod(0o777)
    with pytest.raises(ShiageError, match="belongs to others"):
        default_socket(House(home))


def test_tcp_needs_the_token(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home, "--listen", "tcp:127.0.0.1:0", "--workers", "1") as daemon:
        lock = read_lock(home)
        assert lock is not None
        token = Path(lock.token_path)
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
        with daemon.client() as client:
            job = client.wait(client.submit(request(client, "invert", drawing(1))).id)
            assert result_bytes(client, job)
        with grpc.insecure_channel(lock.address) as channel:
            stub = jobs_pb2_grpc.ShiageStub(channel)
            for metadata in ((), (("authorization", "Bearer wrong"),), (("authorization", token.read_text().strip()),)):
                for call in (
                    lambda m: stub.GetInfo(pb.GetInfoRequest(), metadata=m),
                    lambda m: stub.PutBlob(iter([pb.PutBlobRequest()]), metadata=m),
                    lambda m: list(stub.Watch(pb.WatchRequest(job=job.id), metadata=m)),
                ):
                    with pytest.raises(grpc.RpcError, match="does not know this caller") as caught:
                        call(metadata)
                    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
            health = health_pb2_grpc.HealthStub(channel)
            assert health.Check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.SERVING
        original = token.read_text()
        daemon.stop()
        daemon.start()
        assert token.read_text() == original, "a token outlives its daemon"


def test_a_token_changes_without_a_restart(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home, "--listen", "tcp:127.0.0.1:0", "--workers", "1") as daemon, daemon.client() as client:
        token = home / "token"
        old = token.read_text().strip()
        new = home / "token.new"
        new.write_text("f" * 43)
        new.chmod(0o600)
        new.replace(token)
        with grpc.insecure_channel(client.lock.address) as channel:
            stub = jobs_pb2_grpc.ShiageStub(channel)
            with pytest.raises(grpc.RpcError, match="does not know this caller"):
                stub.GetInfo(pb.GetInfoRequest(), metadata=(("authorization", f"Bearer {old}"),))
            for word in (b"short", b"\xff\xfe" * 20):
                token.write_bytes(word)
                stub.GetInfo(pb.GetInfoRequest(), metadata=(("authorization", f"Bearer {'f' * 43}"),))
            token.unlink()
            stub.GetInfo(pb.GetInfoRequest(), metadata=(("authorization", f"Bearer {'f' * 43}"),))
        token.write_text("f" * 43)
        # A client that connected before finds the new one by itself.
        assert client.info().pid == daemon.process.pid
        with daemon.client() as other:
            token.write_text("g" * 43)
            token.chmod(0o644)
            assert other.info().pid == daemon.process.pid, "a file that others can read changes nothing"
            token.write_text("f" * 43)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for the daemon, and one for a client, each its own authority."""
    folder = tmp_path_factory.mktemp("papers")
    for name in ("daemon", "client"):
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
        command += ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
        subprocess.run(command, check=True, capture_output=True)
    return folder


def test_tls_and_client_certificates(tmp_path: Path, papers: Path) -> None:
    home = tmp_path / "home"
    flags = ["--listen", "tcp:0.0.0.0:0", "--workers", "1"]
    flags += ["--tls-cert", str(papers / "daemon.pem"), "--tls-key", str(papers / "daemon.key")]
    with running(home, *flags) as daemon:
        with daemon.client() as client:
            job = client.wait(client.submit(request(client, "invert", drawing(2))).id)
            assert result_bytes(client, job)
        lock = read_lock(home)
        assert lock is not None
        with grpc.insecure_channel(lock.address) as channel, pytest.raises(grpc.RpcError):
            jobs_pb2_grpc.ShiageStub(channel).GetInfo(pb.GetInfoRequest(), timeout=5)
    with running(home, *flags, "--tls-client-ca", str(papers / "client.pem")) as daemon:
        with pytest.raises(DaemonError):
            daemon.client()
        identity = Identity(papers / "client.pem", papers / "client.key")
        with daemon.client(identity=identity) as client:
            assert client.info().pid == daemon.process.pid


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--listen", "tcp:0.0.0.0:0"], 2, "other machines"),
        (["--listen", "tcp:example.org:50"], 2, "other machines"),
        (["--listen", "carrier-pigeon"], 2, "unix:PATH or tcp:HOST:PORT"),
        (["--listen", "tcp:127.0.0.1:99999"], 2, "unix:PATH or tcp:HOST:PORT"),
        (["--listen", "unix:" + "x" * 120], 2, "at most 100 bytes"),
        (["--listen", "tcp:127.0.0.1:0", "--tls-cert", "no.pem"], 2, "certificate and its key"),
        (["--listen", "tcp:127.0.0.1:0", "--tls-cert", "no.pem", "--tls-key", "no.key"], 6, "can't be read"),
        (["--workers", "0"], 2, "is no number of 1 or more"),
    ],
)
def test_a_door_that_can_not_be_is_refused(tmp_path: Path, flags: list[str], code: int, words: str) -> None:
    done = Daemon(tmp_path / "home", *flags).try_start()
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert read_lock(tmp_path / "home") is None


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "one", "--listen", "tcp:127.0.0.1:0", "--workers", "1"):
        lock = read_lock(tmp_path / "one")
        assert lock is not None
        done = Daemon(tmp_path / "two", "--listen", f"tcp:{lock.address}", "--workers", "1").try_start()
        assert done.returncode == 6
        assert "can't listen" in done.stderr


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    token = tmp_path / "token"
    made = token_at(token)
    assert token_at(token) == made
    assert len(made) >= 32
    token.chmod(0o644)
    with pytest.raises(ShiageError, match="read by others"):
        token_at(token)
    token.chmod(0o600)
    token.write_text("short")
    with pytest.raises(ShiageError, match="too short"):
        token_at(token)


def test_addresses(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert parse_listen("tcp:[::1]:5", house).target(5) == "[::1]:5"
    assert parse_listen("tcp:[::1]:5", house).loopback
    assert parse_listen("tcp:localhost:5", house).loopback
    assert not parse_listen("tcp:10.0.0.1:5", house).loopback
    assert parse_listen("", house).target(0) == f"unix:{tmp_path}/daemon.sock"


def test_where_the_home_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHIAGE_HOME", str(tmp_path))
    assert data_home() == tmp_path
    assert data_home(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("SHIAGE_HOME")
    if os.uname().sysname == "Linux":
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        assert data_home() == tmp_path / "data" / "shiage"
        monkeypatch.setenv("XDG_DATA_HOME", "relative")
        assert data_home() == Path.home() / ".local" / "share" / "shiage"


def test_without_a_daemon_the_client_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "daemon.lock").write_text('{"pid": 1, "addr')
    with pytest.raises(DaemonError, match="shiage serve") as caught:
        Client.connect(tmp_path)
    assert caught.value.code == "Unreachable"


def test_a_lock_file_that_no_daemon_wrote_names_none(tmp_path: Path) -> None:
    for text in (
        "",
        "{",
        "[1]",
        '{"pid": 1, "address": "unix:/none", "protocol": "1", "version": "0", "started": 0}',
        '{"pid": 1, "address": "unix:/none", "protocol": 1, "version": 3, "started": 0}',
    ):
        (tmp_path / "daemon.lock").write_text(text)
        assert read_lock(tmp_path) is None


@pytest.mark.parametrize("flag", ["--most-megapixels", "--spool-gib", "--age-days", "--grace", "--stall", "--workers"])
@pytest.mark.parametrize("value", ["inf", "nan", "-1", "many"])
def test_amounts_are_finite_and_what_is_none_is_told(flag: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([flag, value])
    assert ended.value.code == 2
    assert f"argument {flag}: '{value}' is no number" in capsys.readouterr().err
