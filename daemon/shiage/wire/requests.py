"""A submission: checked against its spec without touching a pixel, decoded for the function, named by what it asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from ..errors import BadInput, BadParameters, Problem, TooLarge
from ..spec import Cardinality, OperationSpec, ParameterValue, Port, check_parameters
from ..v1 import jobs_pb2, values_pb2
from ..values import Colour, Kind, Value
from . import limits
from .values import Fetch, check_value, decode_value


def parameters_of(request: jobs_pb2.SubmitRequest) -> dict[str, object]:
    """The request's parameters as plain Python, unchecked; one without a value is None ("automatic")."""
    plain: dict[str, object] = {}
    for name, value in request.parameters.items():
        kind = value.WhichOneof("value")
        plain[name] = getattr(value, kind) if kind else None
    return plain


def parameters_to_proto(parameters: Mapping[str, object]) -> dict[str, jobs_pb2.ParameterValue]:
    """Parameters for a request; None ("automatic") is sent as a value that holds nothing."""
    return {name: _parameter(value) for name, value in parameters.items()}


def _parameter(value: object) -> jobs_pb2.ParameterValue:
    if value is None:
        return jobs_pb2.ParameterValue()
    if isinstance(value, bool):
        return jobs_pb2.ParameterValue(flag=value)
    if isinstance(value, int | float):
        return jobs_pb2.ParameterValue(number=value)
    return jobs_pb2.ParameterValue(text=str(value))


def check_request(spec: OperationSpec, request: jobs_pb2.SubmitRequest) -> dict[str, ParameterValue]:
    """The checked parameters; BadParameters with everything that is wrong with parameters and ports."""
    problems: list[Problem] = []
    parameters: dict[str, ParameterValue] = {}
    try:
        parameters = check_parameters(spec, parameters_of(request))
    except BadParameters as error:
        problems.extend(error.problems)
    known = {port.name: port for port in spec.inputs}
    problems.extend(
        Problem(name, f"{spec.id} has no such input (it has: {', '.join(known)}).")
        for name in sorted(request.inputs)
        if name not in known
    )
    for port in spec.inputs:
        values = request.inputs[port.name].values if port.name in request.inputs else ()
        problems.extend(_port_problems(port, values))
    if problems:
        raise BadParameters(tuple(problems))
    return parameters


def inputs_of(request: jobs_pb2.SubmitRequest, fetch: Fetch) -> dict[str, tuple[Value, ...]]:
    """The request's values by port, decoded."""
    return {
        name: tuple(
            decode_value(value, fetch, _where(name, index, value))
            for index, value in enumerate(request.inputs[name].values)
        )
        for name in sorted(request.inputs)
    }


def digest_of(spec: OperationSpec, request: jobs_pb2.SubmitRequest, parameters: Mapping[str, ParameterValue]) -> str:
    """What a result depends on, as a SHA-256: operation, version, inputs and checked parameters.

    Two requests that say the same in other words (a default written out, ports in another order) have one digest.
    """
    inputs = {
        name: [value.SerializeToString(deterministic=True).hex() for value in request.inputs[name].values]
        for name in request.inputs
        if request.inputs[name].values
    }
    plain = {name: str(value) if isinstance(value, Colour) else value for name, value in parameters.items()}
    canonical = json.dumps([spec.id, spec.version, inputs, plain], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _port_problems(port: Port, values: Sequence[values_pb2.Value]) -> Iterator[Problem]:
    if not values and not port.optional:
        yield Problem(port.name, f"is missing: {port.title} ({port.kind}).")
    if len(values) > 1 and port.cardinality is Cardinality.ONE:
        yield Problem(port.name, f"takes one {port.kind}, not {len(values)}.")
    elif len(values) > limits.MOST_VALUES:
        yield Problem(port.name, f"takes at most {limits.MOST_VALUES} values, not {len(values)}.")
    else:
        for index, value in enumerate(values):
            if sentence := _value_problem(port, index, value):
                yield Problem(port.name, sentence)


def _value_problem(port: Port, index: int, value: values_pb2.Value) -> str:
    kind = value.WhichOneof("kind")
    drawn = port.kind is Kind.RASTER and kind == "strokes" and value.strokes.HasField("view")
    if kind is not None and kind != port.kind and not drawn:
        return f"needs a {port.kind}, not {kind}."
    try:
        check_value(value, value.name if port.cardinality is Cardinality.MANY else "")
    except (BadInput, TooLarge) as error:
        return str(error)
    return ""


def _where(port: str, index: int, value: values_pb2.Value) -> str:
    return value.name or (f"{port} {index + 1}" if index else port)
