"""The registry: finds the operation modules, holds each spec with its function, and runs them."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Any, TypeVar

from ..errors import NotFound, NotReady
from ..spec import Cardinality, OperationSpec, Work, check_inputs, check_parameters, check_signature
from ..values import Clip, Kind, Raster, Strokes, Value
from ._stretches import Stretches

Function = TypeVar("Function", bound=Callable[..., Any])
Outputs = dict[str, tuple[Value, ...]]

# Names the modules of a site's own operations, separated by commas.
EXTRA = "SHIAGE_EXTRA_OPERATIONS"

_found: dict[str, Operation] = {}


@dataclass(frozen=True)
class Operation:
    """A spec and the function that it describes.

    ``apart``: of one that takes a clip and works it out stretch by stretch: how a long one is taken apart.
    """

    spec: OperationSpec
    function: Callable[..., Any]
    apart: type[Stretches] | None = None


def operation(spec: OperationSpec, *, apart: type[Stretches] | None = None) -> Callable[[Function], Function]:
    """Register the decorated function under ``spec``; TypeError where the two don't agree or the id is taken."""

    def register(function: Function) -> Function:
        check_signature(spec, function)
        if spec.id in _found:
            raise TypeError(f"operation '{spec.id}' is registered twice")
        _found[spec.id] = Operation(spec, function, apart)
        return function

    return register


@cache
def registry() -> Mapping[str, Operation]:
    """All operations by id, in the order of their ids: this package's, then those of the modules in EXTRA."""
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__package__}.{module.name}")
    for name in filter(None, os.environ.get(EXTRA, "").split(",")):
        try:
            importlib.import_module(name.strip())
        except ImportError as error:
            raise NotReady(
                f"The module '{name.strip()}' that {EXTRA} names can't be imported: {error}.",
                hint="Mend the variable, or put the module on PYTHONPATH.",
            ) from error
    return MappingProxyType(dict(sorted(_found.items())))


def one(operation_id: str) -> Mapping[str, Operation]:
    """The operation with this id alone, where its module is named after it; else all. Each costs time to import."""
    name = operation_id.replace("-", "_")
    package = importlib.import_module(__package__)
    if any(module.name == name for module in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"{__package__}.{name}")
    return {operation_id: _found[operation_id]} if operation_id in _found else registry()


def get(operation_id: str, version: int | None = None) -> Operation:
    """The operation with this id (and version, if given); NotFound where there is none."""
    found = _found.get(operation_id) or registry().get(operation_id)
    if found is None:
        raise NotFound(f"There is no operation '{operation_id}'.", hint=f"There are: {', '.join(registry())}.")
    if version and version != found.spec.version:
        raise NotFound(
            f"This daemon has version {found.spec.version} of '{operation_id}', not {version}.",
            hint="Update the plugin, or ask for the version that is here.",
        )
    return found


def run(
    operation_id: str,
    inputs: Mapping[str, Sequence[Value]],
    parameters: Mapping[str, object],
    work: Work | None = None,
) -> Outputs:
    """Check a request, run it, and give its outputs by port name (an absent optional output gives an empty tuple)."""
    found = get(operation_id)
    ready = check_inputs(found.spec, _drawn(found.spec, inputs))
    values = check_parameters(found.spec, parameters)
    work = work or Work()
    for name, pages in _longer(chain.from_iterable(inputs.values())):
        work.warn(f"'{name}' holds {pages} pictures; the first is taken. Give each as a file of its own.")
    result = found.function(**ready, **values, work=work)
    return {port.name: _as_tuple(getattr(result, port.name), port.cardinality) for port in found.spec.outputs}


def _longer(values: Iterable[Value]) -> Iterator[tuple[str, int]]:
    """The names of the pictures that are the first of several in their file, and how many those are."""
    for value in values:
        for picture in [frame.raster for frame in value.frames] if isinstance(value, Clip) else [value]:
            if isinstance(picture, Raster) and picture.pages > 1:
                yield picture.name or "A picture", picture.pages


def _drawn(spec: OperationSpec, inputs: Mapping[str, Sequence[Value]]) -> dict[str, tuple[Value, ...]]:
    """``inputs`` with drawings of strokes as pictures where a port takes pictures."""
    wanted = {port.name for port in spec.inputs if port.kind is Kind.RASTER}
    return {
        name: tuple(_picture(value) if name in wanted else value for value in values) for name, values in inputs.items()
    }


def _picture(value: Value) -> Value:
    if not isinstance(value, Strokes) or value.view is None:
        return value
    from ..craft.fills.picture import kept_picture

    return Raster(kept_picture(value, value.view), value.name)


def _as_tuple(value: Any, cardinality: Cardinality) -> tuple[Value, ...]:
    if cardinality is Cardinality.MANY:
        return tuple(value)
    return () if value is None else (value,)
