"""Operation specs to protobuf."""

from __future__ import annotations

import json

from ..spec import (
    CanvasPoint,
    Cardinality,
    Choice,
    ColourParameter,
    Number,
    OperationSpec,
    Parameter,
    Port,
    Switch,
    json_schema,
)
from ..v1 import operations_pb2 as pb
from ..values import Kind

KINDS: dict[Kind, pb.Kind] = {
    Kind.RASTER: pb.KIND_RASTER,
    Kind.MASK: pb.KIND_MASK,
    Kind.REGIONS: pb.KIND_REGIONS,
    Kind.PALETTE: pb.KIND_PALETTE,
    Kind.FACTS: pb.KIND_FACTS,
    Kind.CLIP: pb.KIND_CLIP,
    Kind.STROKES: pb.KIND_STROKES,
}


def spec_to_proto(spec: OperationSpec) -> pb.Operation:
    """``spec`` as hosts read it."""
    return pb.Operation(
        id=spec.id,
        version=spec.version,
        title=spec.title,
        summary=spec.summary,
        inputs=[_port(port) for port in spec.inputs],
        parameters=[_parameter(parameter) for parameter in spec.parameters],
        outputs=[_port(port) for port in spec.outputs],
        parameters_schema=json.dumps(json_schema(spec), ensure_ascii=False),
        points=[_point(point) for point in spec.points],
    )


def _port(port: Port) -> pb.Port:
    return pb.Port(
        name=port.name,
        kind=KINDS[port.kind],
        title=port.title,
        tooltip=port.tooltip,
        many=port.cardinality is Cardinality.MANY,
        optional=port.optional,
        hidden=port.hidden,
    )


def _point(point: CanvasPoint) -> pb.CanvasPoint:
    choice, option = point.frees or ("", "")
    return pb.CanvasPoint(title=point.title, x=point.x, y=point.y, choice=choice, option=option)


def _parameter(parameter: Parameter) -> pb.Parameter:
    made = pb.Parameter(name=parameter.name, title=parameter.title, group=parameter.group, tooltip=parameter.tooltip)
    if isinstance(parameter, Number):
        made.number.CopyFrom(_number(parameter))
    elif isinstance(parameter, Choice):
        options = [pb.ChoiceField.Option(id=option.id, title=option.title) for option in parameter.options]
        made.choice.CopyFrom(pb.ChoiceField(default_id=parameter.default, options=options))
    elif isinstance(parameter, Switch):
        made.switch.CopyFrom(pb.SwitchField(default_value=parameter.default))
    elif isinstance(parameter, ColourParameter):
        default = "" if parameter.default is None else str(parameter.default)
        made.colour.CopyFrom(pb.ColourField(automatic=parameter.default is None, default_value=default))
    else:
        made.text.CopyFrom(
            pb.TextField(
                default_value=parameter.default,
                longest=parameter.longest,
                pattern=parameter.pattern,
                form=parameter.form.value,
            )
        )
    return made


def _number(number: Number) -> pb.NumberField:
    return pb.NumberField(
        automatic=number.automatic,
        default_value=number.default or 0.0,
        minimum=number.minimum,
        maximum=number.maximum,
        soft_minimum=number.minimum if number.soft_minimum is None else number.soft_minimum,
        soft_maximum=number.maximum if number.soft_maximum is None else number.soft_maximum,
        step=number.step,
        unit=number.unit,
        integer=number.integer,
    )
