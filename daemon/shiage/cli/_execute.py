"""Where a request runs: in the daemon, or here. The result is the same."""

from __future__ import annotations

from collections.abc import Mapping
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


def execute(request: Request, *, daemon: str = "auto", quiet: bool = False) -> Outputs:
    """The outputs of ``request`` by port name, from the daemon that runs (``daemon``: auto, always, never) or here."""
    from . import remote

    with progress(request.spec.id, quiet=quiet) as show:
        if daemon == "never":
            return _here(request, show)
        finding = remote.daemon() if daemon == "always" else remote.daemon_if_any(_warn)
        with finding as client:
            if client is None:
                return _here(request, show)
            return remote.run_remote(
                client,
                request.spec.id,
                request.inputs,
                request.parameters,
                on_progress=show,
                on_warning=_warn,
                batch=request.batch,
                title=request.title,
            )


def _here(request: Request, show: Progress) -> Outputs:
    from .. import operations

    inputs = {name: tuple(source.read() for source in given) for name, given in request.inputs.items()}
    work = Work(on_progress=show, on_warning=_warn)
    return operations.run(request.spec.id, inputs, request.parameters, work)


def _warn(sentence: str) -> None:
    click.echo(f"Note: {sentence}", err=True)
