"""How an operation describes itself, and what is made from that description."""

from ._check import check_inputs, check_parameters, check_signature
from ._model import (
    LAYERED,
    UPPER,
    CanvasPoint,
    Cardinality,
    Choice,
    ColourParameter,
    Number,
    OperationSpec,
    Option,
    Parameter,
    ParameterValue,
    Port,
    Switch,
    Text,
    TextForm,
    layer_ports,
)
from ._schema import json_schema
from .work import Work

__all__ = [
    "LAYERED",
    "UPPER",
    "CanvasPoint",
    "Cardinality",
    "Choice",
    "ColourParameter",
    "Number",
    "OperationSpec",
    "Option",
    "Parameter",
    "ParameterValue",
    "Port",
    "Switch",
    "Text",
    "TextForm",
    "Work",
    "check_inputs",
    "check_parameters",
    "check_signature",
    "json_schema",
    "layer_ports",
]
