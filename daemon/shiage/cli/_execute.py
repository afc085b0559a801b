"""Where a request runs: in the daemon, or here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import operations
from ..spec import OperationSpec, Work
from ..values import Value
from ._inputs import Source
from ._progress import progress

Outputs = dict[str, tuple[Value, ...]]


@dataclass(frozen=True)
class Request:
    """An operation with the files for its ports and the parameters that were given."""

    spec: OperationSpec
    inputs: Mapping[str, tuple[Source, ...]]
    parameters: Mapping[str, Any]
    batch: bool = False


def execute(request: Request, *, daemon: str = "auto", quiet: bool = False) -> Outputs:
    """The outputs of ``request`` by port name, from the daemon that runs (``daemon``: auto, always, never) or here."""
    with progress(request.spec.id, quiet=quiet) as show:
        inputs = {name: tuple(source.read() for source in given) for name, given in request.inputs.items()}
        work = Work(on_progress=show, on_warning=lambda sentence: show(0.0, sentence))
        return operations.run(request.spec.id, inputs, request.parameters, work)
