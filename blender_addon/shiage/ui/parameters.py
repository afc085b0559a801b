"""The operations' parameters as Blender properties, made from the daemon's descriptions."""

from __future__ import annotations

from typing import Any

import bpy

from . import chart

SPACING, STROKE_PAIRS = "spacing", "stroke-pairs"
AUTOMATIC = "_automatic"
OPEN = "settings_are_open"

_known: dict[str, Any] = {}
_groups: dict[str, type] = {}
_items: list[tuple[str, str, str]] = []  # kept, as Blender does not keep the texts of a list that it asks for


def known() -> dict[str, Any]:
    """The operations that the daemon has, by id; empty before the first connection."""
    return _known


def learn(operations: list[Any]) -> None:
    """Make properties for these operations, in place of those before. Values that scenes hold stay."""
    forget()
    for operation in operations:
        _known[operation.id] = operation
        group = _make_group(operation)
        bpy.utils.register_class(group)
        _groups[operation.id] = group
        setattr(bpy.types.Scene, attribute(operation.id), bpy.props.PointerProperty(type=group))


def forget() -> None:
    """Take the properties away."""
    for operation, group in _groups.items():
        delattr(bpy.types.Scene, attribute(operation))
        bpy.utils.unregister_class(group)
    _groups.clear()
    _known.clear()


def attribute(operation: str) -> str:
    """The name under which a scene keeps an operation's parameters."""
    return "shiage_" + operation.replace("-", "_")


def group_of(scene: bpy.types.Scene, operation: str) -> Any:
    """A scene's values for an operation."""
    return getattr(scene, attribute(operation))


def values(scene: bpy.types.Scene, operation: Any) -> dict[str, Any]:
    """The parameters to send; None for automatic ones."""
    group = group_of(scene, operation.id)
    return {parameter.name: _value(group, parameter) for parameter in operation.parameters}


def is_automatic(parameter: Any) -> bool:
    """Whether the parameter may be left to the daemon."""
    field = parameter.WhichOneof("field")
    return field in ("number", "colour") and getattr(parameter, field).automatic


def form_of(parameter: Any) -> str:
    """What a text parameter says (SPACING, STROKE_PAIRS); empty for any other."""
    return str(parameter.text.form) if parameter.WhichOneof("field") == "text" else ""


def _value(group: Any, parameter: Any) -> Any:
    if is_automatic(parameter) and getattr(group, parameter.name + AUTOMATIC):
        return None
    value = getattr(group, parameter.name)
    if parameter.WhichOneof("field") == "colour":
        return "#" + "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in value)
    return value


def _make_group(operation: Any) -> type:
    annotations: dict[str, Any] = {OPEN: bpy.props.BoolProperty(name="Settings", default=True)}
    for parameter in operation.parameters:
        if is_automatic(parameter):
            annotations[parameter.name + AUTOMATIC] = bpy.props.BoolProperty(
                name="Automatic", description="Let the daemon decide: " + parameter.title, default=True
            )
        said = {"name": parameter.title, "description": parameter.tooltip.rstrip(".")}
        if form_of(parameter) == SPACING:
            annotations |= chart.properties(parameter, said)
        else:
            annotations[parameter.name] = _property(parameter, said)
    name = "SHIAGE_PG_" + operation.id.replace("-", "_")
    return type(name, (bpy.types.PropertyGroup,), {"__annotations__": annotations})


def _property(parameter: Any, said: dict[str, str]) -> Any:
    field = parameter.WhichOneof("field")
    if field == "number":
        return _number(parameter.number, said)
    if field == "choice":
        items = [(option.id, option.title, "") for option in parameter.choice.options]
        return bpy.props.EnumProperty(items=items, default=parameter.choice.default_id, **said)
    if field == "switch":
        return bpy.props.BoolProperty(default=parameter.switch.default_value, **said)
    if field == "colour":
        digits = (parameter.colour.default_value or "#000000ff").lstrip("#").ljust(8, "f")
        parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4, 6)]
        return bpy.props.FloatVectorProperty(subtype="COLOR_GAMMA", size=4, min=0, max=1, default=parts, **said)
    return bpy.props.StringProperty(default=parameter.text.default_value, maxlen=parameter.text.longest, **said)


def _number(number: Any, said: dict[str, str]) -> Any:
    default = number.minimum if number.automatic else number.default_value
    bounds = {
        "min": number.minimum,
        "max": number.maximum,
        "soft_min": number.soft_minimum,
        "soft_max": number.soft_maximum,
        "default": default,
    }
    if number.integer:
        return bpy.props.IntProperty(step=max(1, int(number.step)), **{k: int(v) for k, v in bounds.items()}, **said)
    return bpy.props.FloatProperty(step=max(1, round(number.step * 100)), **bounds, **said)


def register() -> None:
    bpy.types.Scene.shiage_replace = bpy.props.BoolProperty(
        name="Replace Breakdowns",
        description="Draw anew over breakdown and generated keys; an artist's own keys are never written over",
    )

    bpy.types.Scene.shiage_operation = bpy.props.EnumProperty(
        name="Pictures",
        description="Operations on pictures: the drawing is drawn for them, and results lie on planes behind it",
        items=_picture_items,
    )
    bpy.types.Scene.shiage_frames = bpy.props.EnumProperty(
        name="Drawings",
        items=[
            ("CURRENT", "This One", "The drawing at the playhead"),
            ("ALL", "All", "Every drawing of the object, each for as long as it stands"),
        ],
    )
    bpy.types.Scene.shiage_view = bpy.props.EnumProperty(
        name="Seen",
        items=[
            ("PLANE", "In Its Plane", "All of the drawing, straight on"),
            ("CAMERA", "By the Camera", "What the scene's camera sees, as large as a render"),
        ],
    )
    bpy.types.Scene.shiage_place = bpy.props.EnumProperty(
        name="Results",
        items=[
            ("PLANE", "Image Plane", "On planes behind the drawing, packed into the file"),
            ("SEQUENCE", "Image Sequence", "As files beside the .blend, on planes that show them through time"),
            ("STRIPS", "Sequencer", "As files beside the .blend, in strips of the video sequencer"),
        ],
    )
    bpy.types.Scene.shiage_pixels = bpy.props.IntProperty(
        name="Picture's Side", description="Pixels of the longer side", default=1024, min=64, max=8192
    )
    bpy.types.Scene.shiage_design_image = bpy.props.PointerProperty(
        name="Design", description="The character's design as an image", type=bpy.types.Image
    )
    bpy.types.Scene.shiage_design_object = bpy.props.PointerProperty(
        name="Or Object",
        description="The design as a coloured Grease Pencil object",
        type=bpy.types.Object,
        poll=lambda scene, obj: obj.type in ("GPENCIL", "GREASEPENCIL"),
    )


def unregister() -> None:
    forget()
    for name in ("replace", "operation", "frames", "view", "place", "pixels", "design_image", "design_object"):
        delattr(bpy.types.Scene, "shiage_" + name)


def _picture_items(scene: bpy.types.Scene, context: bpy.types.Context) -> list[tuple[str, str, str]]:
    from .ports import takes_pictures

    _items[:] = [("none", "None", "")] + [
        (operation.id, operation.title, operation.summary) for operation in _known.values() if takes_pictures(operation)
    ]
    return _items
