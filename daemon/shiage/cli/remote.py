"""Running an operation in a daemon: files up, job, events, results down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from ..client import Client, DaemonError, data_home, done, find_daemon
from ..errors import Broken, Unreachable
from ..v1 import jobs_pb2 as pb
from ..v1 import values_pb2
from ..values import Kind, Value
from ..values.files import decode_picture, read_bytes
from ..wire import decode_value, encode_value, parameters_to_proto, rebuild
from .sources import Source

Outputs = dict[str, tuple[Value, ...]]


@contextmanager
def daemon() -> Iterator[Client]:
    """A client of the daemon that runs; its errors come out as those of :mod:`shiage.errors`."""
    try:
        with translated():
            client = Client.connect()
    except Unreachable as error:
        if hung := _hung():
            raise hung from error
        raise
    with translated(), client:
        yield client


@contextmanager
def daemon_if_any(without: Callable[[str], None] | None = None) -> Iterator[Client | None]:
    """Like :func:`daemon`, but None where none runs; and where one runs that does not answer, if ``without`` hears of
    it.
    """
    with translated():
        found = find_daemon(data_home())
    if found is None:
        yield None
        return
    try:
        with translated():
            client = Client.connect()
    except Unreachable as error:
        if not found.pid:
            raise  # one on another machine was asked for by name
        if hung := _hung():
            if without is None:
                raise hung from error
            without(str(hung))
        yield None  # else it is a lock file that a killed daemon left
        return
    with translated(), client:
        yield client


def _hung() -> Unreachable | None:
    """What to say of a daemon of this machine that holds the house and does not answer."""
    from ..service.lock import is_taken

    found = find_daemon(data_home())
    if found is None or not found.pid or not is_taken(data_home()):
        return None
    return Unreachable(
        f"A daemon runs (process {found.pid}) and does not answer.",
        hint=f"Wait a little, or end it with `kill {found.pid}` (-9 if need be): its jobs are kept.",
    )


@contextmanager
def translated() -> Iterator[None]:
    """The thin client's one error class as the class of our tree that it names."""
    try:
        yield
    except DaemonError as error:
        raise rebuild(error.code, error.sentence, error.problems) from error


def run_remote(
    client: Client,
    operation: str,
    inputs: Mapping[str, tuple[Source, ...]],
    parameters: Mapping[str, object],
    *,
    on_progress: Callable[[float, str], None] = lambda fraction, stage: None,
    on_warning: Callable[[str], None] = lambda sentence: None,
    batch: bool = False,
    title: str = "",
) -> Outputs:
    """The outputs of ``operation`` by port name. Stopping it here (Ctrl+C) cancels the job."""
    request = pb.SubmitRequest(
        operation=operation,
        inputs={name: values_pb2.Values(values=[_send(client, s) for s in given]) for name, given in inputs.items()},
        parameters=parameters_to_proto(parameters),
        priority=pb.PRIORITY_BATCH if batch else pb.PRIORITY_INTERACTIVE,
        client="cli",
        title=title,
    )
    job = client.submit(request)
    try:
        return outputs_of(client, _follow(client, job, on_progress, on_warning))
    except KeyboardInterrupt:
        client.cancel(job.id)
        raise


def outputs_of(client: Client, job: pb.Job) -> Outputs:
    """The results of a finished job, fetched; what it failed of where it failed."""
    finished = done(job)
    return {
        name: tuple(decode_value(value, client.get_bytes, name) for value in values.values)
        for name, values in finished.outputs.items()
    }


def _follow(
    client: Client, job: pb.Job, on_progress: Callable[[float, str], None], on_warning: Callable[[str], None]
) -> pb.Job:
    for event in client.watch(job.id):
        what = event.WhichOneof("what")
        if what == "progress":
            on_progress(event.progress.fraction, event.progress.stage)
        elif what == "warning":
            on_warning(event.warning)
        if event.HasField("job"):
            return event.job
    raise Broken(f"The daemon stopped telling of job {job.id}.", hint=f"Try `shiage fetch {job.id}`.")


def _send(client: Client, source: Source) -> values_pb2.Value:
    """Pictures go as the files they are: small, and decoded by the same code that would decode them here."""
    name = source.path.stem
    if source.kind not in (Kind.RASTER, Kind.MASK) or (source.kind is Kind.MASK and source.layer):
        return encode_value(source.read(), client.put_bytes)
    data = read_bytes(source.path)
    if not data:
        # The daemon would call it a wrong parameter: what is said of a file is the same with and without one.
        decode_picture(data, str(source.path))
    blob = client.put_bytes(data)
    if source.kind is Kind.RASTER:
        return values_pb2.Value(
            name=name, raster=values_pb2.Raster(pixels=blob, encoding=values_pb2.ENCODING_FILE, layer=source.layer)
        )
    return values_pb2.Value(name=name, mask=values_pb2.Mask(pixels=blob, encoding=values_pb2.ENCODING_FILE))
