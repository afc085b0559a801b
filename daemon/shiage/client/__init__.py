"""The thin client: grpcio, protobuf and the standard library, so that both plugins can carry a copy of it.

    with Client.connect() as client:
        blob = client.put_file("drawing.png")
        job = client.submit(request)
        for event in client.watch(job.id):
            ...
        data = client.get_bytes(job.outputs["flats"].values[0].raster.pixels)

Everything that can go wrong is a :class:`DaemonError` whose text is a sentence for the user.
"""

from ._client import Client, done
from ._errors import DaemonError
from ._launch import ensure, host_environment, start
from .home import data_home
from .lockfile import PROTOCOL, LockFile, find_daemon, read_lock

__all__ = [
    "PROTOCOL",
    "Client",
    "DaemonError",
    "LockFile",
    "data_home",
    "done",
    "ensure",
    "find_daemon",
    "host_environment",
    "read_lock",
    "start",
]
