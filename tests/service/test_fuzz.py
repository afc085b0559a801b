"""Garbage at every door of a real daemon: it is refused, nothing of it stays, and the daemon goes on serving."""

from __future__ import annotations

import random
from collections.abc import Iterator

import grpc
import pytest

from daemons import Daemon, drawing, left_over, request
from shiage.client import Client, DaemonError
from shiage.v1 import jobs_pb2 as pb
from shiage.v1 import values_pb2

SERVICE = pb.DESCRIPTOR.services_by_name["Shiage"]
REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}
# What gRPC itself answers to bytes that are no message.
NO_MESSAGE = {grpc.StatusCode.INTERNAL}
FATAL = {"Shutdown"}


@pytest.fixture
def channel(client: Client) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(client.lock.address) as channel:
        yield channel


def still_well(client: Client, daemon: Daemon, seed: int) -> None:
    assert daemon.process.poll() is None
    job = client.wait(client.submit(request(client, "invert", drawing(seed))).id)
    assert job.state == pb.STATE_DONE
    assert left_over(daemon.home) == []


def test_bytes_that_are_no_messages(client: Client, channel: grpc.Channel, shared_daemon: Daemon) -> None:
    dice = random.Random(1)
    for method in SERVICE.methods:
        if method.name in FATAL:
            continue
        for _ in range(15):
            raw = [dice.randbytes(dice.choice([0, 1, 5, 200, 5000])) for _ in range(dice.randint(1, 4))]
            status = _call_raw(channel, method, raw)
            assert status in REFUSALS | NO_MESSAGE | {grpc.StatusCode.OK}, (method.name, status)
    still_well(client, shared_daemon, 1)


def _call_raw(channel: grpc.Channel, method: object, raw: list[bytes]) -> grpc.StatusCode:
    path = f"/{SERVICE.full_name}/{method.name}"  # type: ignore[attr-defined]
    streams_in, streams_out = method.client_streaming, method.server_streaming  # type: ignore[attr-defined]
    try:
        if streams_in:
            channel.stream_unary(path)(iter(raw), timeout=20)
        elif streams_out:
            list(channel.unary_stream(path)(raw[0], timeout=20))
        else:
            channel.unary_unary(path)(raw[0], timeout=20)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def test_uploads_in_any_order(client: Client, shared_daemon: Daemon) -> None:
    dice = random.Random(2)
    stub = client._channel.stub

    def part() -> pb.PutBlobRequest:
        kind = dice.random()
        if kind < 0.4:
            sha = dice.choice(["", "f" * 64, "F" * 64, "../../x", "0" * 64, "\u0130" * 64])
            return pb.PutBlobRequest(header=values_pb2.Blob(sha256=sha, size=dice.choice([0, 1, 10, 9 << 20, 1 << 50])))
        if kind < 0.9:
            return pb.PutBlobRequest(chunk=dice.randbytes(dice.choice([0, 1, 10, 100_000])))
        return pb.PutBlobRequest()

    for _ in range(120):
        parts = [part() for _ in range(dice.randint(0, 6))]
        with pytest.raises(grpc.RpcError) as caught:
            stub.PutBlob(iter(parts))
        assert caught.value.code() in REFUSALS
        assert DaemonError.from_rpc(caught.value).sentence
    still_well(client, shared_daemon, 2)


def test_uploads_that_break_off(client: Client, shared_daemon: Daemon) -> None:
    stub = client._channel.stub

    def half(size: int) -> Iterator[pb.PutBlobRequest]:
        yield pb.PutBlobRequest(header=values_pb2.Blob(sha256="a" * 64, size=size))
        yield pb.PutBlobRequest(chunk=b"x" * 1000)
        raise RuntimeError("the host crashed")

    for size in (5000, 9 << 20):
        for _ in range(5):
            with pytest.raises(grpc.RpcError):
                stub.PutBlob(half(size))
    still_well(client, shared_daemon, 3)


def test_requests_of_any_shape(client: Client, shared_daemon: Daemon) -> None:
    dice = random.Random(4)
    blob = client.put_bytes(b"\0" * 4096)
    text = ["", "x", "\0", "f" * 64, "../..", "🎨" * 300, blob.sha256]
    numbers = [0.0, -1.0, 1.0, float("nan"), float("inf"), -float("inf"), 1e308]
    no_facts = ["{", "[]", '{"a": NaN}', "[" * 100_000, "{}"]
    sizes = [0, 1, 32, 4096, 2**31, 2**32 - 1]

    def any_blob() -> values_pb2.Blob:
        return (
            blob
            if dice.random() < 0.5
            else values_pb2.Blob(sha256=dice.choice(text), size=dice.choice([0, 4096, 2**60]))
        )

    def any_raster() -> values_pb2.Raster:
        return values_pb2.Raster(
            pixels=any_blob(),
            encoding=dice.choice([0, 1, 2, 77]),
            width=dice.choice(sizes),
            height=dice.choice(sizes),
            bits=dice.choice([0, 8, 16, 32]),
            blend=dice.choice(["", "normal", *text]),
            opacity=dice.choice(numbers),
            profile=any_blob() if dice.random() < 0.3 else None,
        )

    def any_value() -> values_pb2.Value:
        frame = values_pb2.Frame(time=dice.choice(numbers), hold=dice.choice(numbers), raster=any_raster())
        return dice.choice(
            [
                values_pb2.Value(),
                values_pb2.Value(name=dice.choice(text) * 50, raster=any_raster()),
                values_pb2.Value(mask=values_pb2.Mask(pixels=any_blob(), encoding=1, width=64, height=64)),
                values_pb2.Value(regions=values_pb2.Regions(labels=any_blob(), width=32, height=32, background=[-1])),
                values_pb2.Value(palette=values_pb2.Palette(swatches=[values_pb2.Swatch(rgba=7)])),
                values_pb2.Value(facts=values_pb2.Facts(json=dice.choice(no_facts))),
                values_pb2.Value(clip=values_pb2.Clip(fps=dice.choice(numbers), frames=[frame] * dice.randint(0, 3))),
            ]
        )

    refused = []
    for _ in range(300):
        asked = pb.SubmitRequest(
            operation=dice.choice(["invert", "soften", "fail", *text]),
            version=dice.choice([0, 1, 2, 99]),
            priority=dice.choice([0, 1, 55]),
            client=dice.choice(text),
            title=dice.choice(text),
        )
        for _ in range(dice.randint(0, 2)):
            asked.inputs[dice.choice(["drawing", *text])].values.extend(any_value() for _ in range(dice.randint(0, 2)))
        for _ in range(dice.randint(0, 2)):
            asked.parameters[dice.choice(["strength", "steps", "how", *text])].number = dice.choice(numbers)
        try:
            job = client.submit(asked)
        except DaemonError as error:
            refused.append(error.code)
        else:
            client.cancel(job.id)
    assert 200 < len(refused) < 300, "most are wrong, and the few that are right go through"
    assert set(refused) <= {"BadInput", "BadParameters", "TooLarge", "NotFound"}
    still_well(client, shared_daemon, 4)
