"""Files named on the command line as the values of an operation's ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import BadInput, BadParameters, Problem
from ..spec import UPPER, Cardinality, OperationSpec, Port
from ..values import Kind, Value
from ..values.documents import is_document, line_layers
from ..values.files import read_bytes
from ..values.reading import read_values


@dataclass(frozen=True)
class Source:
    """A file or folder that was named for a port of this kind; ``part``: which drawing of a stroke file; ``layer``:
    which layer of a layered document."""

    kind: Kind
    path: Path
    part: int = 0
    layer: str = ""

    def read(self) -> Value:
        """The value in it; BadInput where there is none of this kind."""
        return read_values(self.kind, self.path, self.layer)[self.part]


def sources(
    spec: OperationSpec, positional: Sequence[str], named: Mapping[str, Sequence[str]], layer: str = ""
) -> dict[str, tuple[Source, ...]]:
    """Which file goes to which port. ``layer``: of the layered documents for the first one.

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
    found = {
        port.name: tuple(source for path in paths[port.name] for source in _sources_in(Path(path), port))
        for port in spec.inputs
        if paths[port.name]
    }
    if layer:
        if not any(is_document(source.path) for source in found.get(first.name, ())):
            raise BadInput(f"There is no document with a layer '{layer}'.", hint="--layer is for .ora, .kra and .psd.")
        found[first.name] = tuple(
            replace(source, layer=layer) if is_document(source.path) else source for source in found[first.name]
        )
    return found


def layer_by_layer(spec: OperationSpec, found: Mapping[str, tuple[Source, ...]]) -> dict[str, tuple[Source, ...]]:
    """Sources in which a layered document stands for its line layers: the lowest as the drawing, the others above it.

    A layer that was named is taken as it is, but a group gives its layers. Further files for the upper ones stay above
    them.
    """
    first = spec.inputs[0].name
    whole = found.get(first, ())
    if len(whole) != 1 or not is_document(whole[0].path) or not any(port.name == UPPER for port in spec.inputs):
        return dict(found)
    (document,) = whole
    names = line_layers(read_bytes(document.path), str(document.path), document.layer)
    lowest, *others = (replace(document, layer=name) for name in names)
    return {**found, first: (lowest,), UPPER: (*others, *found.get(UPPER, ()))}


def _sources_in(path: Path, port: Port) -> tuple[Source, ...]:
    """One source; of a stroke file for a port that takes many, one for each of its drawings."""
    if port.kind is not Kind.STROKES or not path.is_file():
        return (Source(port.kind, path),)
    many = len(read_values(port.kind, path))
    if many > 1 and port.cardinality is Cardinality.ONE:
        raise BadInput(f"has {many} drawings, but {port.title.lower()} is one.", where=str(path))
    return tuple(Source(port.kind, path, part) for part in range(many))
