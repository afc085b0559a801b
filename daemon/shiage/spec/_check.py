"""Checks: a spec against its function (at import), and a request against its spec (at the door)."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import BadInput, BadParameters, Problem
from ..values import KINDS, Colour, Value
from ._model import Cardinality, ColourParameter, Number, OperationSpec, Parameter, ParameterValue, Port, Switch
from .work import Work


def check_signature(spec: OperationSpec, function: Callable[..., Any]) -> None:
    """TypeError where ``function``'s signature is not the one that ``spec`` describes.

    Wanted: one positional parameter a port, in order; one keyword-only parameter a spec parameter, without default
    (the defaults live in the spec); keyword-only ``work: Work``; and a NamedTuple as the result, one field an output.
    """
    hints = typing.get_type_hints(function)
    signature = inspect.signature(function)
    wanted: dict[str, tuple[Any, Any]] = {
        port.name: (inspect.Parameter.POSITIONAL_OR_KEYWORD, _port_type(port)) for port in spec.inputs
    }
    wanted |= {p.name: (inspect.Parameter.KEYWORD_ONLY, _parameter_type(p)) for p in spec.parameters}
    wanted["work"] = (inspect.Parameter.KEYWORD_ONLY, Work)
    have = {p.name: (p.kind, hints.get(p.name)) for p in signature.parameters.values()}
    _compare(spec, "parameter", wanted, have)
    if list(have)[: len(spec.inputs)] != [port.name for port in spec.inputs]:
        raise TypeError(f"{spec.id}: the function's first parameters are not the ports in their order")
    if defaults := [p.name for p in signature.parameters.values() if p.default is not p.empty]:
        raise TypeError(f"{spec.id}: defaults live in the spec, not in the function ({', '.join(defaults)})")
    result = hints.get("return")
    if not (isinstance(result, type) and issubclass(result, tuple) and hasattr(result, "_fields")):
        raise TypeError(f"{spec.id}: the function must return a NamedTuple")
    gives = typing.get_type_hints(result)
    _compare(spec, "output", {port.name: _port_type(port) for port in spec.outputs}, gives)


def check_parameters(spec: OperationSpec, given: Mapping[str, object]) -> dict[str, ParameterValue]:
    """Every parameter of ``spec`` with its checked value, defaults filled in; BadParameters with all that is wrong."""
    known = {parameter.name: parameter for parameter in spec.parameters}
    problems = [
        Problem(name, f"{spec.id} has no such parameter (it has: {', '.join(known) or 'none'}).")
        for name in given
        if name not in known
    ]
    values: dict[str, ParameterValue] = {}
    for name, parameter in known.items():
        if name not in given:
            values[name] = parameter.default
            continue
        try:
            values[name] = parameter.check(given[name])
        except BadInput as error:
            problems.append(Problem(name, error.sentence))
    if problems:
        raise BadParameters(tuple(problems))
    return values


def check_inputs(spec: OperationSpec, given: Mapping[str, Sequence[Value]]) -> dict[str, Any]:
    """The ports of ``spec`` as the function takes them: one value, a tuple, or None; BadParameters where not so."""
    known = {port.name: port for port in spec.inputs}
    problems = [
        Problem(name, f"{spec.id} has no such input (it has: {', '.join(known)}).")
        for name in given
        if name not in known
    ]
    ready: dict[str, Any] = {}
    for name, port in known.items():
        values = tuple(given.get(name, ()))
        if sentence := _port_problem(port, values):
            problems.append(Problem(name, sentence))
        elif port.cardinality is Cardinality.MANY:
            ready[name] = values
        else:
            ready[name] = values[0] if values else None
    if problems:
        raise BadParameters(tuple(problems))
    return ready


def _port_problem(port: Port, values: tuple[Value, ...]) -> str:
    if not values and not port.optional:
        return f"is missing: {port.title} ({port.kind})."
    if len(values) > 1 and port.cardinality is Cardinality.ONE:
        return f"takes one {port.kind}, not {len(values)}."
    for value in values:
        if not isinstance(value, KINDS[port.kind]):
            return f"needs a {port.kind}, not {type(value).__name__.lower()}."
    return ""


def _port_type(port: Port) -> Any:
    one = KINDS[port.kind]
    if port.cardinality is Cardinality.MANY:
        return tuple[one, ...]  # type: ignore[valid-type]  # the kind is known only at run time
    return one | None if port.optional else one


def _parameter_type(parameter: Parameter) -> Any:
    if isinstance(parameter, Number):
        kind: Any = int if parameter.integer else float
        return kind | None if parameter.automatic else kind
    if isinstance(parameter, Switch):
        return bool
    if isinstance(parameter, ColourParameter):
        return Colour | None if parameter.default is None else Colour
    return str


def _compare(spec: OperationSpec, what: str, wanted: Mapping[str, Any], have: Mapping[str, Any]) -> None:
    if missing := [name for name in wanted if name not in have]:
        raise TypeError(f"{spec.id}: the function lacks {what} {', '.join(missing)}")
    if extra := [name for name in have if name not in wanted]:
        raise TypeError(f"{spec.id}: the spec lacks {what} {', '.join(extra)}")
    for name, expected in wanted.items():
        if have[name] != expected:
            raise TypeError(f"{spec.id}: {what} {name} is {have[name]}, the spec says {expected}")
