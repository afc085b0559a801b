"""Jobs in a real daemon: what is told of them, in what order they run, how they end."""

from __future__ import annotations

import threading
from pathlib import Path

import grpc
import numpy as np
import pytest

from daemons import Daemon, drawing, lines, request, result_bytes, until
from shiage import operations
from shiage.client import Client, DaemonError
from shiage.client._client import ENDED
from shiage.v1 import jobs_pb2 as pb
from shiage.wire import decode_value

pytestmark = pytest.mark.usefixtures("site")


def kinds(events: list[pb.Event]) -> list[str]:
    return [event.WhichOneof("what") for event in events]


def test_a_job_gives_what_the_same_call_gives_here(client: Client) -> None:
    given = drawing(1)
    job = client.wait(client.submit(request(client, "soften", given, steps=3, pause=0.0)).id)
    here = operations.run("soften", {"drawing": (given,)}, {"steps": 3, "pause": 0.0})
    result = decode_value(job.outputs["result"].values[0], client.get_bytes, "result")
    assert np.array_equal(result.pixels, here["result"][0].pixels)  # type: ignore[union-attr]
    assert result.name == given.name
    assert (job.state, job.progress, job.operation, job.version) == (pb.STATE_DONE, 1.0, "soften", 1)
    assert job.created <= job.started <= job.ended


def test_events_tell_the_whole_run_in_order(client: Client) -> None:
    job = client.submit(request(client, "soften", drawing(2), steps=20, pause=0.02))
    events = list(client.watch(job.id))
    sequence = [event.sequence for event in events]
    assert sequence == sorted(set(sequence))
    assert {"state", "progress", "preview", "warning"} == set(kinds(events))
    fractions = [event.progress.fraction for event in events if event.WhichOneof("what") == "progress"]
    assert fractions == sorted(fractions)
    assert [event.state for event in events if event.WhichOneof("what") == "state"] == [
        pb.STATE_QUEUED,
        pb.STATE_RUNNING,
        pb.STATE_DONE,
    ]
    assert events[-1].job.warnings == ["This drawing is soft already."]
    assert not any(event.HasField("job") for event in events[:-1])
    preview = next(event.preview for event in events if event.WhichOneof("what") == "preview")
    assert len(client.get_bytes(preview.raster.pixels)) == preview.raster.pixels.size


def test_watch_goes_on_after_a_sequence_number(client: Client) -> None:
    job = client.submit(request(client, "soften", drawing(3), steps=20, pause=0.02))
    first = []
    for event in client.watch(job.id):
        first.append(event)
        if len(first) == 4:
            break
    rest = list(client.watch(job.id, after=first[-1].sequence))
    assert rest[0].sequence > first[-1].sequence
    assert rest[-1].job.state == pb.STATE_DONE
    after_the_end = list(client.watch(job.id))
    assert kinds(after_the_end) == ["state", "state", "warning", "state"]
    assert list(client.watch(job.id, after=rest[-1].sequence)) == []


def test_the_same_request_is_answered_from_the_store(client: Client, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    asked = request(client, "invert", drawing(4), trace=str(trace))
    first = client.wait(client.submit(asked).id)
    asked.parameters["strength"].number = 1.0  # the default, written out
    second = client.submit(asked)
    assert (second.state, second.from_store, first.from_store) == (pb.STATE_DONE, True, False)
    assert second.id != first.id
    assert result_bytes(client, second) == result_bytes(client, first)
    assert list(client.watch(second.id))[-1].job == second
    assert lines(trace) == ["invert"]
    asked.parameters["strength"].number = 0.5
    assert not client.wait(client.submit(asked).id).from_store


def test_a_request_key_makes_one_job(client: Client) -> None:
    asked = request(client, "invert", drawing(5))
    asked.request_key = "once"
    first = client.submit(asked)
    assert client.submit(asked).id == first.id
    asked.parameters["alpha"].flag = True
    with pytest.raises(DaemonError, match="key was used for another") as caught:
        client.submit(asked)
    assert caught.value.code == "BadInput"


def test_each_wrong_parameter_and_port_is_named(client: Client) -> None:
    asked = request(client, "invert", drawing(6), strength=7, alpha="yes", colour=1)
    one = list(asked.inputs["drawing"].values)
    asked.inputs["sketch"].values.extend(one)
    asked.inputs["drawing"].values.extend(one)
    with pytest.raises(DaemonError) as caught:
        client.submit(asked)
    assert caught.value.code == "BadParameters"
    assert {name for name, _ in caught.value.problems} == {"strength", "alpha", "colour", "sketch", "drawing"}


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        ("input", "BadInput", "Draw something"),
        ("bug", "Broken", "ZeroDivisionError"),
        ("memory", "TooLarge", "not enough memory"),
        ("exit", "Broken", "SystemExit"),
    ],
)
def test_a_failure_says_why(client: Client, how: str, code: str, words: str) -> None:
    with pytest.raises(DaemonError, match=words) as caught:
        client.wait(client.submit(request(client, "fail", how=how)).id)
    assert caught.value.code == code


def test_unknown_things_are_named(client: Client) -> None:
    for call in (
        lambda: client.submit(request(client, "knit")),
        lambda: client.submit(pb.SubmitRequest(operation="invert", version=9)),
        lambda: client.job("nothing"),
        lambda: client.cancel("nothing"),
        lambda: next(client.watch("nothing")),
    ):
        with pytest.raises(DaemonError) as caught:
            call()
        assert caught.value.code == "NotFound"


def test_a_cancelled_job_stops_at_its_next_check(client: Client, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    job = client.submit(request(client, "soften", drawing(7), steps=1000, pause=0.1, trace=str(trace)))
    until(lambda: len(lines(trace)) >= 2)
    assert client.cancel(job.id).state == pb.STATE_CANCELLED
    done_by_then = len(lines(trace))
    events = list(client.watch(job.id))
    assert events[-1].job.state == pb.STATE_CANCELLED
    # The worker that it held is free: both can be had at once.
    pair = [client.submit(request(client, "soften", drawing(70 + i), steps=2, pause=0.0)).id for i in range(2)]
    for other in pair:
        client.wait(other)
    assert len(lines(trace)) <= done_by_then + 1
    assert client.cancel(job.id).state == pb.STATE_CANCELLED, "once more changes nothing"


def test_a_job_that_never_looks_up_is_ended_with_its_worker(client: Client, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    asked = request(client, "soften", drawing(8), steps=1000, pause=0.05, stubborn=True, trace=str(trace))
    job = client.submit(asked)
    until(lambda: lines(trace))
    client.cancel(job.id)
    last = -1

    def still() -> bool:
        nonlocal last
        before, last = last, len(lines(trace))
        threading.Event().wait(0.2)
        return before == len(lines(trace))

    until(still)
    client.wait(client.submit(request(client, "network", pause=0.0)).id)


def test_a_waiting_job_can_be_cancelled(client: Client) -> None:
    long = client.submit(request(client, "network", pause=1.0))
    waiting = client.submit(request(client, "network", pause=1.5))
    assert client.cancel(waiting.id).state == pb.STATE_CANCELLED
    assert client.wait(long.id).state == pb.STATE_DONE
    with pytest.raises(DaemonError, match="cancelled") as caught:
        client.wait(waiting.id)
    assert caught.value.code == "Cancelled"


def test_a_crash_is_tried_once_more(client: Client, tmp_path: Path) -> None:
    trace = tmp_path / "once"
    job = client.wait(client.submit(request(client, "crash", trace=str(trace))).id)
    assert job.outputs["facts"].values[0].facts.json == '{"tries": 2}'
    always = tmp_path / "always"
    with pytest.raises(DaemonError, match=r"SIGSEGV.*second try") as caught:
        client.wait(client.submit(request(client, "crash", always=True, trace=str(always))).id)
    assert caught.value.code == "Broken"
    assert lines(always) == ["try", "try"]


def test_interactive_before_batch_first_come_first_served(client: Client, tmp_path: Path) -> None:
    trace = tmp_path / "order"
    held = client.submit(request(client, "network", pause=0.6))
    jobs = [
        client.submit(request(client, "network", batch=batch, pause=pause, trace=str(trace))).id
        for batch, pause in ((True, 0.01), (True, 0.02), (False, 0.03), (False, 0.04))
    ]
    for job in (held.id, *jobs):
        client.wait(job)
    begun = [client.job(job).started for job in jobs]
    assert begun[2] < begun[3] < begun[0] < begun[1]
    assert lines(trace) == ["begin", "end"] * 4, "one at a time has the accelerator"


def test_an_interactive_job_runs_while_batch_jobs_do(client: Client, tmp_path: Path) -> None:
    trace = tmp_path / "batch"
    batch = [
        client.submit(
            request(client, "soften", drawing(80 + i), batch=True, steps=400, pause=0.02, trace=str(trace))
        ).id
        for i in range(3)
    ]
    until(lambda: lines(trace))
    job = client.wait(client.submit(request(client, "soften", drawing(90), steps=2, pause=0.0)).id)
    assert job.state == pb.STATE_DONE
    assert all(client.job(other).state not in ENDED for other in batch)
    for other in batch:
        client.cancel(other)


def test_two_clients_at_once(shared_daemon: Daemon) -> None:
    results: dict[int, bytes] = {}

    def work(seed: int) -> None:
        with shared_daemon.client() as mine:
            for _ in range(3):
                asked = request(mine, "invert", drawing(100 + seed))
                results[seed] = result_bytes(mine, mine.wait(mine.submit(asked).id))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, result in results.items():
        here = operations.run("invert", {"drawing": (drawing(100 + seed),)}, {})
        assert result == here["result"][0].pixels.tobytes()  # type: ignore[union-attr]
    assert len(results) == 2


def test_many_watchers_leave_room_for_calls(client: Client, shared_daemon: Daemon) -> None:
    job = client.submit(request(client, "soften", drawing(9), steps=10000, pause=0.02))
    channel = grpc.insecure_channel(shared_daemon.client().lock.address)
    watch = channel.unary_stream(
        "/shiage.v1.Shiage/Watch",
        request_serializer=pb.WatchRequest.SerializeToString,
        response_deserializer=pb.Event.FromString,
    )
    streams = [watch(pb.WatchRequest(job=job.id)) for _ in range(300)]
    refused = 0
    for stream in streams:
        try:
            next(stream)
        except grpc.RpcError:
            refused += stream.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused == 300 - 256
    other = client.submit(request(client, "invert", drawing(10)))
    until(lambda: client.job(other.id).state == pb.STATE_DONE)
    client.cancel(job.id)
    for stream in streams:
        stream.cancel()
    channel.close()

    def room_again() -> bool:
        try:
            return client.wait(other.id).state == pb.STATE_DONE
        except DaemonError as error:
            return error.code != "TooLarge"

    until(room_again)


def test_a_draft_is_a_job_that_no_list_knows(client: Client) -> None:
    given = request(client, "soften", drawing(77), steps=2, pause=0.0)
    given.draft = True
    job = client.wait(client.submit(given).id)
    assert job.state == pb.STATE_DONE
    assert result_bytes(client, job)
    assert job.id not in {listed.id for listed in client.jobs(100)}
    given.draft = False
    kept = client.submit(given)
    assert kept.from_store, "what a draft found out is not computed twice"
    assert kept.id in {listed.id for listed in client.jobs(100)}


def test_lists_and_descriptions(client: Client) -> None:
    job = client.wait(client.submit(request(client, "invert", drawing(11))).id)
    assert client.jobs(limit=1)[0] == job
    assert {listed.state for listed in client.jobs(states=[pb.STATE_DONE])} == {pb.STATE_DONE}
    assert len(client.jobs(limit=2)) == 2
    described = {operation.id: operation for operation in client.operations()}
    assert set(described) == set(operations.registry())
    soften = described["soften"]
    assert [p.WhichOneof("field") for p in soften.parameters] == ["number", "number", "switch", "text"]
    info = client.info()
    assert (info.protocol, info.pid, info.accelerator) == (1, client.lock.pid, "cpu")
    assert info.spool_bytes > 0
