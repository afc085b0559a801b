"""Where a request runs: in the daemon, or here. The result is the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from ..spec import OperationSpec, Work
from ..values import Value
from ._progress import Progress, progress
from .sources import Source

Outputs = dict[str, tuple[Value, ...]]


@dataclass(frozen=True)
class Request:
    """An operation with the files for its ports and the parameters that were given."""

    spec: OperationSpec
    inputs: Mapping[str, tuple[Source, ...]]
    parameters: Mapping[str, Any]
    batch: bool = False

    @property
    def title(self) -> str:
        """What it is about, for lists of jobs: the first file's name."""
        return next((source.path.name for given in self.inputs.values() for source in given), "")


def execute(request: Request, notes: list[str], *, daemon: str = "auto", quiet: bool = False) -> Outputs:
    """The outputs of ``request`` by port name, from the daemon that runs (``daemon``: auto, always, never) or here.

    What the artist should know goes to stderr, and is added to ``notes``.
    """
    from . import remote

    def warn(sentence: str) -> None:
        notes.append(sentence)
        click.echo(f"Note: {sentence}", err=True)

    with progress(request.spec.id, quiet=quiet) as show:
        if daemon == "never":
            return _here(request, show, warn)
        finding = remote.daemon() if daemon == "always" else remote.daemon_if_any(warn)
        with finding as client:
            if client is None:
                return _here(request, show, warn)
            return remote.run_remote(
                client,
                request.spec.id,
                request.inputs,
                request.parameters,
                on_progress=show,
                on_warning=warn,
                batch=request.batch,
                title=request.title,
            )


def _here(request: Request, show: Progress, warn: Callable[[str], None]) -> Outputs:
    from .. import operations

    inputs = {name: tuple(source.read() for source in given) for name, given in request.inputs.items()}
    work = Work(on_progress=show, on_warning=warn)
    return operations.run(request.spec.id, inputs, request.parameters, work)
