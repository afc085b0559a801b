"""Files named on the command line as the values of an operation's ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadParameters, Problem
from ..spec import Cardinality, OperationSpec
from ..values import Kind, Value
from ..values.reading import read_value


@dataclass(frozen=True)
class Source:
    """A file or folder that was named for a port of this kind."""

    kind: Kind
    path: Path

    def read(self) -> Value:
        """The value in it; BadInput where there is none of this kind."""
        return read_value(self.kind, self.path)


def sources(
    spec: OperationSpec, positional: Sequence[str], named: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Source, ...]]:
    """Which file goes to which port.

    Files without an option go to the first port if it takes many, else to the required ports in their order.
    """
    paths: dict[str, list[str]] = {port.name: list(named.get(port.name, ())) for port in spec.inputs}
    first, *_ = spec.inputs
    if first.cardinality is Cardinality.MANY:
        paths[first.name][:0] = positional
    else:
        single = [p for p in spec.inputs if p.cardinality is Cardinality.ONE and not p.optional and not paths[p.name]]
        if len(positional) > len(single):
            extra = positional[len(single)]
            options = ", ".join(f"--{port.name.replace('_', '-')}" for port in spec.inputs)
            raise BadParameters((Problem(extra, f"{spec.id} has no place for this file; name its input: {options}."),))
        for port, path in zip(single, positional, strict=False):
            paths[port.name].append(path)
    return {
        port.name: tuple(Source(port.kind, Path(path)) for path in paths[port.name])
        for port in spec.inputs
        if paths[port.name]
    }
