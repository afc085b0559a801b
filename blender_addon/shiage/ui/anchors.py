"""Strokes tied by hand: select one on each key, press Anchor; a list to see and untie them."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..host import anchors, strokes, timeline
from ..host.drawing import Drawing

END = ("frame", "layer", "stroke", "of", "point", "place")


class SHIAGE_PG_end(bpy.types.PropertyGroup):
    """One end of an anchor: see :class:`anchors.Picked`."""

    frame: bpy.props.IntProperty()  # type: ignore[valid-type]  # Blender reads properties from annotations
    layer: bpy.props.StringProperty()  # type: ignore[valid-type]
    stroke: bpy.props.IntProperty()  # type: ignore[valid-type]
    of: bpy.props.IntProperty()  # type: ignore[valid-type]
    point: bpy.props.IntProperty(default=-1)  # type: ignore[valid-type]
    place: bpy.props.FloatVectorProperty(size=3)  # type: ignore[valid-type]

    def picked(self) -> anchors.Picked:
        """As the host knows it."""
        return anchors.Picked(self.frame, self.layer, self.stroke, self.of, self.point, tuple(self.place))


class SHIAGE_PG_anchor(bpy.types.PropertyGroup):
    """Two strokes, or a point of each, that belong together by the artist's word."""

    first: bpy.props.PointerProperty(type=SHIAGE_PG_end)  # type: ignore[valid-type]
    second: bpy.props.PointerProperty(type=SHIAGE_PG_end)  # type: ignore[valid-type]


class SHIAGE_UL_anchors(bpy.types.UIList):
    def draw_item(self, context: Any, layout: Any, data: Any, item: Any, icon: Any, active: Any, name: Any) -> None:
        ends = (item.first, item.second)
        said = [f"{end.stroke}" + (f":{end.point}" if end.point >= 0 else "") for end in ends]
        frames = f"{item.first.frame}-{item.second.frame}"
        layout.label(text=f"{said[0]} = {said[1]}  ({frames}, {item.first.layer})", icon="LINKED")


class _OnDrawing:
    """For operators that need a Grease Pencil object."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if timeline.drawing_object(context) is None:
            cls.poll_message_set("Choose a Grease Pencil object")  # type: ignore[attr-defined]  # an operator's
            return False
        return True


class _OnAnchor(_OnDrawing):
    """For operators on the anchor that is chosen in the list."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        if chosen(context.active_object) is None:
            cls.poll_message_set("There is no anchor; select a stroke on each key and press Anchor")  # type: ignore[attr-defined]
            return False
        return True


class SHIAGE_OT_anchor(_OnDrawing, bpy.types.Operator):
    bl_idname = "shiage.anchor"
    bl_label = "Anchor"
    bl_description = "Tie the stroke (or the point) that is selected on one key to that which is selected on the next"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012  # Blender wants a set

    def execute(self, context: bpy.types.Context) -> set[str]:
        obj = context.active_object
        try:
            pair = anchors.pick(obj.data, context.scene.frame_current)
        except timeline.CantDraw as reason:
            self.report({"ERROR"}, str(reason))
            return {"CANCELLED"}
        for index in reversed(range(len(obj.shiage_anchors))):  # a stroke has one partner
            if _same_strokes(obj.shiage_anchors[index], pair):
                obj.shiage_anchors.remove(index)
        made = obj.shiage_anchors.add()
        for end, picked in zip((made.first, made.second), pair, strict=True):
            for name in END:
                setattr(end, name, getattr(picked, name))
        obj.shiage_anchor = len(obj.shiage_anchors) - 1
        what = "points" if pair[0].point >= 0 else "strokes"
        self.report({"INFO"}, f"The {what} at frames {pair[0].frame} and {pair[1].frame} are tied.")
        return {"FINISHED"}


def _same_strokes(anchor: Any, pair: tuple[anchors.Picked, anchors.Picked]) -> bool:
    """Whether an anchor would contradict a new pair: the same stroke with another partner, or the very same thing."""
    ends = anchor.first.picked(), anchor.second.picked()
    same = [
        (old.frame, old.layer, old.stroke) == (new.frame, new.layer, new.stroke)
        for old, new in zip(ends, pair, strict=True)
    ]
    if ends[0].frame != pair[0].frame or ends[1].frame != pair[1].frame:
        return False
    if all(same):  # several points of one pair of strokes may be tied
        points = [old.point < 0 or new.point < 0 or old.point == new.point for old, new in zip(ends, pair, strict=True)]
        return any(points)
    return any(same)


class SHIAGE_OT_anchor_remove(_OnAnchor, bpy.types.Operator):
    bl_idname = "shiage.anchor_remove"
    bl_label = "Remove Anchor"
    bl_description = "Untie the chosen strokes"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012  # Blender wants a set

    def execute(self, context: bpy.types.Context) -> set[str]:
        obj = context.active_object
        obj.shiage_anchors.remove(obj.shiage_anchor)
        obj.shiage_anchor = max(0, min(obj.shiage_anchor, len(obj.shiage_anchors) - 1))
        return {"FINISHED"}


class SHIAGE_OT_anchor_show(_OnAnchor, bpy.types.Operator):
    bl_idname = "shiage.anchor_show"
    bl_label = "Show Anchor"
    bl_description = "Select both strokes of the chosen anchor, and go to the other of its keys"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012  # Blender wants a set

    def execute(self, context: bpy.types.Context) -> set[str]:
        obj, scene = context.active_object, context.scene
        anchor = chosen(obj)
        there = anchor.first.frame if scene.frame_current == anchor.second.frame else anchor.second.frame
        for end in sorted((anchor.first, anchor.second), key=lambda end: end.frame == there):
            scene.frame_set(end.frame)
            if not _select(obj.data, end.picked()):
                self.report({"WARNING"}, f"The stroke at frame {end.frame} is gone. Remove this anchor.")
                return {"CANCELLED"}
        return {"FINISHED"}


def _select(data: Any, picked: anchors.Picked) -> bool:
    """Select what was picked, and nothing else at its frame; False where it is gone."""
    found = None
    for index, layer in enumerate(data.layers):
        key = strokes.keys(layer).get(picked.frame)
        if key is None or strokes.hidden(layer) or strokes.locked(layer):
            continue
        flags = np.zeros(int(strokes.read(key, index, data).counts.sum()), np.bool_)
        if strokes.layer_name(layer) == picked.layer:
            drawing = timeline.read(data, picked.frame, only=[index])
            found = anchors.find(drawing, picked) if drawing is not None else None
            if drawing is not None and found is not None:
                start, end = drawing.offsets[found[0] : found[0] + 2].tolist()
                flags[slice(start, end) if found[1] < 0 else start + found[1]] = True
        strokes.select(key, flags)
    data.update_tag()
    return found is not None


def chosen(obj: Any) -> Any | None:
    """The anchor that the list stands on."""
    return obj.shiage_anchors[obj.shiage_anchor] if 0 <= obj.shiage_anchor < len(obj.shiage_anchors) else None


def text_for(obj: Any, drawings: tuple[Drawing, Drawing]) -> tuple[str, int]:
    """The object's anchors between these two drawings, as the daemon reads them, and how many are lost."""
    frames = tuple(drawing.frame for drawing in drawings)
    pairs = [(anchor.first.picked(), anchor.second.picked()) for anchor in obj.shiage_anchors]
    here = [pair for pair in pairs if (pair[0].frame, pair[1].frame) == frames]
    return anchors.as_text(here, drawings)


def draw(layout: Any, context: bpy.types.Context, group: Any, parameter: Any) -> None:
    """The list and its buttons, and below them pairs as text, for scripts and for numbers from the spreadsheet."""
    obj = timeline.drawing_object(context)
    layout.label(text=parameter.title)
    if obj is not None:
        row = layout.row()
        row.template_list("SHIAGE_UL_anchors", "", obj, "shiage_anchors", obj, "shiage_anchor", rows=2, maxrows=5)
        column = row.column(align=True)
        column.operator("shiage.anchor_remove", text="", icon="REMOVE")
        column.operator("shiage.anchor_show", text="", icon="RESTRICT_SELECT_OFF")
        layout.operator("shiage.anchor", icon="LINKED")
    layout.prop(group, parameter.name, text="As text")


CLASSES = (
    SHIAGE_PG_end,
    SHIAGE_PG_anchor,
    SHIAGE_UL_anchors,
    SHIAGE_OT_anchor,
    SHIAGE_OT_anchor_remove,
    SHIAGE_OT_anchor_show,
)


def register() -> None:
    for entry in CLASSES:
        bpy.utils.register_class(entry)
    bpy.types.Object.shiage_anchors = bpy.props.CollectionProperty(type=SHIAGE_PG_anchor)
    bpy.types.Object.shiage_anchor = bpy.props.IntProperty()


def unregister() -> None:
    del bpy.types.Object.shiage_anchors, bpy.types.Object.shiage_anchor
    for entry in reversed(CLASSES):
        bpy.utils.unregister_class(entry)
