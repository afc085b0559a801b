"""JSON Schema (draft 2020-12) of a request's parameters."""

from __future__ import annotations

from typing import Any

from ._model import Choice, ColourParameter, Number, OperationSpec, Parameter, Switch


def json_schema(spec: OperationSpec) -> dict[str, Any]:
    """The schema of the ``parameters`` object of a request for ``spec``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": spec.id,
        "description": spec.summary,
        "type": "object",
        "properties": {parameter.name: _property(parameter) for parameter in spec.parameters},
        "additionalProperties": False,
    }


def _property(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": parameter.title}
    if parameter.tooltip:
        schema["description"] = parameter.tooltip
    if isinstance(parameter, Number):
        kind = "integer" if parameter.integer else "number"
        schema |= {"type": [kind, "null"] if parameter.automatic else kind}
        schema |= {"minimum": parameter.minimum, "maximum": parameter.maximum, "default": parameter.default}
    elif isinstance(parameter, Switch):
        schema |= {"type": "boolean", "default": parameter.default}
    elif isinstance(parameter, Choice):
        schema |= {"enum": [option.id for option in parameter.options], "default": parameter.default}
    elif isinstance(parameter, ColourParameter):
        automatic = parameter.default is None
        schema |= {
            "type": ["string", "null"] if automatic else "string",
            "pattern": "^#?[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$",
            "default": None if automatic else str(parameter.default),
        }
    else:
        schema |= {"type": "string", "maxLength": parameter.longest, "default": parameter.default}
        if parameter.pattern:
            schema["pattern"] = f"^(?:{parameter.pattern})$"
    return schema
