"""A timing chart by hand: a slider for each drawing, kept in step with the text that the daemon gets."""

from __future__ import annotations

import re
from typing import Any

import bpy

from ..host import timeline

TICKS = "_ticks"
_SHAPES = {
    "EVEN": lambda share: share,
    "SLOW_START": lambda share: share * share,
    "SLOW_END": lambda share: 1 - (1 - share) ** 2,
    "SLOW_BOTH": lambda share: 2 * share * share if share < 0.5 else 1 - 2 * (1 - share) ** 2,
}
_in_step = True  # False while one of the two is written because of the other


def _tick_moved(tick: Any, context: bpy.types.Context) -> None:
    """The text follows the sliders."""
    if not _in_step:
        return
    path, _, place = tick.path_from_id().rpartition(".")
    group, name = tick.id_data.path_resolve(path), place.partition(TICKS + "[")[0]
    _write_text(group, name)


class SHIAGE_PG_tick(bpy.types.PropertyGroup):
    """How far on the way from key to key a drawing is."""

    share: bpy.props.FloatProperty(  # type: ignore[valid-type]  # Blender reads properties from annotations
        name="Share",
        description="How far this drawing is on the way from the first key (0) to the second (100)",
        min=0,
        max=100,
        precision=1,
        subtype="PERCENTAGE",
        update=_tick_moved,
    )


def properties(parameter: Any, said: dict[str, str]) -> dict[str, Any]:
    """The text, and the sliders beside it."""

    def typed(group: Any, context: bpy.types.Context) -> None:
        if _in_step:
            _set_ticks(group, parameter.name, shares_in(getattr(group, parameter.name)))

    text = parameter.text
    return {
        parameter.name: bpy.props.StringProperty(default=text.default_value, maxlen=text.longest, update=typed, **said),
        parameter.name + TICKS: bpy.props.CollectionProperty(type=SHIAGE_PG_tick),
    }


def shares_in(text: str) -> list[float]:
    """The shares that a text says, as far as it says any; the daemon judges it."""
    made = []
    for part in re.split(r"[,;\s]+", text.strip()):
        try:
            made.append(float(part.rstrip("%")) / (100 if part.endswith("%") else 1))
        except ValueError:
            continue
    return made


def _set_ticks(group: Any, name: str, shares: list[float]) -> None:
    global _in_step  # noqa: PLW0603  # Blender calls us back for each value that we set
    _in_step = False
    ticks = getattr(group, name + TICKS)
    ticks.clear()
    for share in shares:
        ticks.add().share = 100 * share
    _in_step = True


def _write_text(group: Any, name: str) -> None:
    global _in_step  # noqa: PLW0603  # as above
    _in_step = False
    setattr(group, name, " ".join(f"{tick.share:.6g}%" for tick in getattr(group, name + TICKS)))
    _in_step = True


class SHIAGE_OT_chart(bpy.types.Operator):
    bl_idname = "shiage.chart"
    bl_label = "Timing Chart"
    bl_description = "Set the chart's ticks"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}  # noqa: RUF012  # Blender wants a set

    owner: bpy.props.StringProperty(options={"HIDDEN"})  # type: ignore[valid-type]
    parameter: bpy.props.StringProperty(options={"HIDDEN"})  # type: ignore[valid-type]
    shape: bpy.props.EnumProperty(  # type: ignore[valid-type]
        items=[
            ("EVEN", "Even", "Even steps"),
            ("SLOW_START", "Slow Start", "Steps that grow"),
            ("SLOW_END", "Slow End", "Steps that shrink"),
            ("SLOW_BOTH", "Slow Both", "Steps that grow and shrink"),
            ("CLEAR", "Clear", "No chart by hand"),
        ]
    )
    more: bpy.props.IntProperty(description="Drawings more than there are")  # type: ignore[valid-type]

    def execute(self, context: bpy.types.Context) -> set[str]:
        group = getattr(context.scene, self.owner)
        have = len(getattr(group, self.parameter + TICKS)) or _on_twos(context)
        many = 0 if self.shape == "CLEAR" else max(1, have + self.more)
        shape = _SHAPES.get(self.shape, _SHAPES["EVEN"])
        _set_ticks(group, self.parameter, [shape((k + 1) / (many + 1)) for k in range(many)])
        _write_text(group, self.parameter)
        return {"FINISHED"}


def _on_twos(context: bpy.types.Context) -> int:
    obj = timeline.drawing_object(context)
    around = timeline.keys_around(obj.data, context.scene.frame_current) if obj is not None else None
    return max(1, (around[1] - around[0] - 1) // 2) if around else 3


def draw(layout: Any, group_name: str, group: Any, parameter: Any) -> None:
    """The chart: a bar for each drawing, in red where they don't rise, and buttons that set them all."""

    def button(row: Any, shape: str, text: str = "", icon: str = "NONE", more: int = 0) -> None:
        made = row.operator("shiage.chart", text=text, icon=icon)
        made.owner, made.parameter, made.shape, made.more = group_name, parameter.name, shape, more

    ticks = getattr(group, parameter.name + TICKS)
    layout.prop(group, parameter.name)
    if not len(ticks):
        button(layout, "EVEN", "Chart by Hand", "ALIGN_JUSTIFY")
        return
    column = layout.column(align=True)
    before = 0.0
    for number, tick in enumerate(ticks):
        row = column.row(align=True)
        row.use_property_split = False
        row.alert = not before < tick.share < 100
        row.prop(tick, "share", text=str(number + 1), slider=True)
        before = tick.share
    row = column.row(align=True)
    button(row, "EVEN", "", "IPO_LINEAR")
    button(row, "SLOW_START", "", "IPO_EASE_IN")
    button(row, "SLOW_END", "", "IPO_EASE_OUT")
    button(row, "SLOW_BOTH", "", "IPO_EASE_IN_OUT")
    button(row, "EVEN", "", "ADD", 1)
    button(row, "EVEN", "", "REMOVE", -1)
    button(row, "CLEAR", "", "X")


CLASSES = (SHIAGE_PG_tick, SHIAGE_OT_chart)


def register() -> None:
    for entry in CLASSES:
        bpy.utils.register_class(entry)


def unregister() -> None:
    for entry in reversed(CLASSES):
        bpy.utils.unregister_class(entry)
