"""The sidebar panel: every operation that the daemon has and that strokes, or image sequences, can feed."""

from __future__ import annotations

from typing import Any

import bpy

from ..job import problem_lines
from . import anchors, chart, look, parameters, ports


class SHIAGE_PT_main(bpy.types.Panel):
    bl_label = "Shiage"
    bl_idname = "SHIAGE_PT_main"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Shiage"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if not parameters.known():
            layout.operator("shiage.connect", icon="LINKED")
            return
        # What animates comes first; then in the daemon's order.
        known = sorted(parameters.known().values(), key=lambda operation: len(operation.inputs) < 2)
        for operation in known:
            if ports.takes_strokes(operation) or ports.takes_clip(operation):
                _draw_operation(layout.box(), context, operation)
        layout.prop(context.scene, "shiage_replace")
        layout.prop(context.scene, "shiage_operation")
        chosen = parameters.known().get(context.scene.shiage_operation)
        if chosen is not None:
            layout.prop(context.scene, "shiage_frames")
            layout.prop(context.scene, "shiage_view")
            layout.prop(context.scene, "shiage_place")
            row = layout.row()
            row.enabled = context.scene.shiage_view == "PLANE"
            row.prop(context.scene, "shiage_pixels")
            if ports.wants_design(chosen):
                layout.prop(context.scene, "shiage_design_image")
                layout.prop(context.scene, "shiage_design_object")
            _draw_operation(layout.box(), context, chosen)
        layout.operator("shiage.connect", text="Connect Again", icon="FILE_REFRESH")


def _draw_operation(box: Any, context: bpy.types.Context, operation: Any) -> None:
    group = parameters.group_of(context.scene, operation.id)
    is_open = getattr(group, parameters.OPEN)
    reason = ports.why_not(context, operation)
    row = box.row()
    fold = row.row()
    fold.emboss = "NONE"
    fold.prop(group, parameters.OPEN, text="", icon="DOWNARROW_HLT" if is_open else "RIGHTARROW")
    button = row.row()
    button.enabled = not reason
    button.operator("shiage.run", text=operation.title, icon="PLAY").operation = operation.id
    for line in problem_lines(reason, 38):
        box.label(text=line, icon="INFO")
    look.draw(box, operation)
    if not is_open:
        return
    heading = ""
    for parameter in operation.parameters:
        if parameter.group != heading:
            heading = parameter.group
            box.label(text=heading) if heading else box.separator()
        _draw_parameter(box, context, operation, parameter)
    if ports.takes_two(operation) and ports.takes_strokes(operation):
        box.operator("shiage.retime", icon="ARROW_LEFTRIGHT")


def _draw_parameter(box: Any, context: bpy.types.Context, operation: Any, parameter: Any) -> None:
    group = parameters.group_of(context.scene, operation.id)
    form = parameters.form_of(parameter)
    if form == parameters.SPACING:
        chart.draw(box, parameters.attribute(operation.id), group, parameter)
        return
    if form == parameters.STROKE_PAIRS:
        anchors.draw(box, context, group, parameter)
        return
    if not parameters.is_automatic(parameter):
        box.prop(group, parameter.name)
        return
    automatic = parameter.name + parameters.AUTOMATIC
    row = box.row(align=True)
    value = row.row(align=True)
    value.enabled = not getattr(group, automatic)
    value.prop(group, parameter.name)
    row.prop(group, automatic, text="", icon="AUTO")


def register() -> None:
    bpy.utils.register_class(SHIAGE_PT_main)


def unregister() -> None:
    bpy.utils.unregister_class(SHIAGE_PT_main)
