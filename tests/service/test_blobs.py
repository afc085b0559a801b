"""Bytes in and out of a real daemon: sent once, checked at both ends, never half-kept."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from daemons import Daemon, blob_names, drawing, left_over, opened_blob, request, running
from shiage.client import Client, DaemonError
from shiage.v1 import jobs_pb2 as pb
from shiage.v1 import values_pb2


@pytest.fixture
def raw(client: Client) -> object:
    """The generated stub, for what the client would never send."""
    return client._channel.stub


def blob_of(data: bytes) -> values_pb2.Blob:
    return values_pb2.Blob(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def parts(blob: values_pb2.Blob, *chunks: bytes) -> Iterator[pb.PutBlobRequest]:
    yield pb.PutBlobRequest(header=blob)
    for chunk in chunks:
        yield pb.PutBlobRequest(chunk=chunk)


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, (1 << 20) + 7, (8 << 20) - 1, 8 << 20, (9 << 20) + 4097])
def test_any_size_goes_in_and_comes_out(client: Client, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    blob = client.put_bytes(data)
    assert blob == blob_of(data)
    assert bytes(client.get_bytes(blob)) == data
    path = tmp_path / "picture.bin"
    assert client.get_file(blob, path).read_bytes() == data
    assert client.put_file(path) == blob
    assert [entry.name for entry in tmp_path.iterdir()] == ["picture.bin"]


def test_what_is_there_is_not_sent_again(client: Client, raw: object) -> None:
    data = os.urandom(100)
    blob = client.put_bytes(data)
    sent: list[int] = []

    def watched() -> Iterator[pb.PutBlobRequest]:
        for number, part in enumerate(parts(blob, data)):
            sent.append(number)
            yield part

    assert raw.PutBlob(watched()).already_here  # type: ignore[attr-defined]
    other = "0" * 64
    assert client.missing([blob.sha256, other]) == [other]


@pytest.mark.parametrize("size", [100_000, 9 << 20])
def test_a_blob_goes_on_where_it_broke_off(client: Client, raw: object, size: int) -> None:
    data = os.urandom(size)
    blob = client.put_bytes(data)
    for offset in (0, 1, 4096, 70_001, size - 1, size):
        got = b"".join(c.data for c in raw.GetBlob(pb.GetBlobRequest(sha256=blob.sha256, offset=offset)))  # type: ignore[attr-defined]
        assert got == data[offset:]


WRONG = {
    "no header": ([pb.PutBlobRequest(chunk=b"x")], "begins with its header"),
    "nothing": ([], "begins with its header"),
    "two headers": ([*parts(blob_of(b"ab")), *parts(blob_of(b"ab"))], "in chunks only"),
    "empty part": ([*parts(blob_of(b"ab")), pb.PutBlobRequest()], "in chunks only"),
    "wrong hash": (list(parts(blob_of(b"ab"), b"xy")), "another hash"),
    "too few": (list(parts(blob_of(b"abc"), b"ab")), "Only 2 of 3 bytes"),
    "too many": (list(parts(blob_of(b"ab"), b"abc")), "More bytes came"),
    "no hash": ([pb.PutBlobRequest(header=values_pb2.Blob(sha256="../../etc/passwd", size=1))], "64 lower-case hex"),
    "big chunk": (
        list(parts(values_pb2.Blob(sha256="1" * 64, size=9 << 20), b"x" * ((1 << 20) + 1))),
        "at most 1048576",
    ),
    "wrong hash of a large one": (list(parts(blob_of(b"x" * (8 << 20)), *[b"y" * (1 << 20)] * 8)), "another hash"),
    "huge": ([pb.PutBlobRequest(header=values_pb2.Blob(sha256="1" * 64, size=1 << 60))], "at most 2048 MiB"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_upload_is_refused_and_leaves_nothing(
    client: Client, raw: object, shared_daemon: Daemon, what: str
) -> None:
    messages, words = WRONG[what]
    before = blob_names(shared_daemon.home)
    with pytest.raises(Exception, match=words) as caught:
        raw.PutBlob(iter(messages))  # type: ignore[attr-defined]
    assert DaemonError.from_rpc(caught.value).code in ("BadInput", "TooLarge")
    assert left_over(shared_daemon.home) == []
    assert blob_names(shared_daemon.home) == before


def test_wrong_questions_are_answered(client: Client, raw: object) -> None:
    blob = client.put_bytes(b"some bytes")
    questions = {
        "64 lower-case hex": lambda: list(raw.GetBlob(pb.GetBlobRequest(sha256="../jobs.sqlite"))),  # type: ignore[attr-defined]
        "has no blob": lambda: list(raw.GetBlob(pb.GetBlobRequest(sha256="f" * 64))),  # type: ignore[attr-defined]
        "ends before": lambda: list(raw.GetBlob(pb.GetBlobRequest(sha256=blob.sha256, offset=11))),  # type: ignore[attr-defined]
        "10000 blobs": lambda: client.missing(["f" * 64] * 10_001),
    }
    for words, ask in questions.items():
        with pytest.raises(Exception, match=words):
            ask()


def test_blobs_that_are_missing_or_of_another_size_are_told_at_submission(client: Client) -> None:
    asked = request(client, "invert", drawing(1))
    raster = asked.inputs["drawing"].values[0].raster
    sha = raster.pixels.sha256
    raster.pixels.sha256 = "e" * 64
    with pytest.raises(DaemonError, match="are not here") as caught:
        client.submit(asked)
    assert caught.value.code == "NotFound"
    raster.pixels.sha256, raster.height = sha, 32
    with pytest.raises(DaemonError, match="raw pixels are 8192 bytes"):
        client.submit(asked)
    raster.pixels.size = 8192
    with pytest.raises(DaemonError, match="has not the 8192 bytes"):
        client.submit(asked)


def test_a_file_that_can_not_be_read_or_written_is_named(client: Client, tmp_path: Path) -> None:
    with pytest.raises(DaemonError, match=r"nothing\.png can't be read"):
        client.put_file(tmp_path / "nothing.png")
    blob = client.put_bytes(b"x")
    with pytest.raises(DaemonError, match="can't be written"):
        client.get_file(blob, tmp_path / "nowhere" / "x.bin")


def test_wrong_bytes_never_reach_the_caller(shared_daemon: Daemon, client: Client, tmp_path: Path) -> None:
    """A disk that lies: the file has its name, but not its bytes any more."""
    for size in (1000, 9 << 20):
        blob = client.put_bytes(os.urandom(size))
        with opened_blob(shared_daemon.home, blob.sha256) as file:
            file.write(b"other bytes")
        for get in (lambda b=blob: client.get_bytes(b), lambda b=blob: client.get_file(b, tmp_path / "out.bin")):
            with pytest.raises(DaemonError, match="wrong result") as caught:
                get()
            assert caught.value.code == "Broken"
        blob.size -= 1
        with pytest.raises(DaemonError, match="more bytes"):
            client.get_bytes(blob)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk's end: the system refuses the write in the same way."""
    with running(tmp_path / "home", "--workers", "1") as daemon, daemon.client() as client:
        worker = psutil.Process(daemon.process.pid).children()[0].pid
        asked = request(client, "invert", drawing(2, side=512))
        for pid in (daemon.process.pid, worker):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1 << 19, resource.RLIM_INFINITY))
        before = blob_names(daemon.home)
        for size in (1 << 20, 9 << 20):
            with pytest.raises(DaemonError, match="disk is full") as caught:
                client.put_bytes(os.urandom(size))
            assert caught.value.code == "TooLarge"
        with pytest.raises(DaemonError, match="disk is full") as caught:
            client.wait(client.submit(asked).id)
        assert caught.value.code == "TooLarge"
        assert left_over(daemon.home) == []
        assert blob_names(daemon.home) == before
        for pid in (daemon.process.pid, worker):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert client.wait(client.submit(asked).id).state == pb.STATE_DONE


def test_a_full_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    with running(tmp_path / "home", "--workers", "1", "--spool-gib", "0.002") as daemon, daemon.client() as client:
        kept = client.put_bytes(os.urandom(1 << 20))
        for _ in range(2):
            with pytest.raises(DaemonError, match="no room for 2 MiB") as caught:
                client.put_bytes(os.urandom(2 << 20))
            assert caught.value.code == "TooLarge"
        assert len(client.get_bytes(kept)) == 1 << 20
        client.put_bytes(os.urandom(1 << 20))


def test_errno_names_are_what_the_error_tree_knows() -> None:
    from shiage.errors import TooLarge, describe

    assert all(isinstance(describe(OSError(code, "")), TooLarge) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
