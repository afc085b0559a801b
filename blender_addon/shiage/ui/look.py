"""Dragging a point of an operation, such as a light: an empty in the scene, and what it does seen live.

Nothing here is modal: the artist moves the empty (or the sliders) with Blender's own tools, a timer reads where it is
and shows the newest draft. Only names are kept, since references don't survive an undo.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from .. import wire
from ..host import timeline
from ..host.pictures import fill
from ..host.placing import BEHIND, Placement
from ..looks import Looks
from . import parameters, ports
from .preferences import daemon

SIDE = 640  # pixels of the small picture
BEAT = 0.04  # seconds
OWNER = timeline.OWNER

_session: Session | None = None


class Session:
    """One drawing that is looked at. ``problem``: what the daemon says, for the panel."""

    def __init__(self, context: bpy.types.Context, operation: Any) -> None:
        obj = timeline.drawing_object(context)
        sight = ports.sight(context, obj, SIDE)
        self.operation, self.obj, self.placement = operation, obj.name, sight.placement
        given = {operation.inputs[0].name: [partial(wire.encode, sight.drawing, view=sight.view)]}
        self.looks = Looks(daemon(context), operation, given)
        self.picture = _picture(obj, sight.placement, (sight.view.width, sight.view.height))
        self.empties = [_empty(obj, point.title, sight.placement) for point in operation.points]
        self._values: dict[str, Any] | None = None
        self._places: list[tuple[float, float]] = []
        self._put(context.scene)

    @property
    def problem(self) -> str:
        """Why there is no picture; empty where there is."""
        return self.looks.problem

    def step(self, scene: bpy.types.Scene) -> bool:
        """Read the empties and the parameters, and show the newest picture; False where something of it is gone."""
        obj, picture = bpy.data.objects.get(self.obj), bpy.data.objects.get(self.picture)
        empties = [bpy.data.objects.get(name) for name in self.empties]
        if obj is None or picture is None or picture.data is None or None in empties:
            return False
        group = parameters.group_of(scene, self.operation.id)
        for number, (point, empty) in enumerate(zip(self.operation.points, empties, strict=True)):
            place = _read(empty, obj, self.placement)
            if np.abs(np.subtract(place, self._places[number])).max() > 1e-4:
                self._places[number] = place
                setattr(group, point.x, place[0])
                setattr(group, point.y, place[1])
                if point.choice:
                    setattr(group, point.choice, point.option)
        values = parameters.values(scene, self.operation)
        if values != self._values:
            self._values = values
            self._put(scene)  # after the sliders, too
            self.looks.want(values)
        seen = self.looks.take()
        if seen is not None:
            fill(picture.data, seen)
            _redraw()
        return True

    def end(self) -> None:
        """Take the empties and the picture away; the parameters stay."""
        self.looks.stop()
        _remove([self.picture, *self.empties])

    def _put(self, scene: bpy.types.Scene) -> None:
        """The empties where the parameters say."""
        group, obj = parameters.group_of(scene, self.operation.id), bpy.data.objects[self.obj]
        places = [(getattr(group, point.x), getattr(group, point.y)) for point in self.operation.points]
        for number, (name, place) in enumerate(zip(self.empties, places, strict=True)):
            if number >= len(self._places) or np.abs(np.subtract(place, self._places[number])).max() > 1e-4:
                _move(bpy.data.objects[name], obj, self.placement, place)
        self._places = places


def running(operation: Any = None) -> Session | None:
    """The session there is (of ``operation``)."""
    return _session if _session is None or operation is None or _session.operation.id == operation.id else None


def stop() -> None:
    """End the session, if there is one."""
    global _session  # one session in one Blender, and a timer that finds it
    if _session is not None:
        session, _session = _session, None
        session.end()


def _tick() -> float | None:
    if _session is None:
        return None
    try:
        if _session.step(bpy.context.scene):
            return BEAT
    except (AttributeError, KeyError, ReferenceError) as error:  # what it looked at went away meanwhile
        print(f"Shiage: nothing is dragged any more: {type(error).__name__}: {error}")
    stop()
    return None


@bpy.app.handlers.persistent
def _loaded(*_: Any) -> None:
    """Another file is open: the session was of the one before, and what a saved one left goes."""
    global _session  # noqa: PLW0603  # as above
    if _session is not None:
        _session.looks.stop()
        _session = None
    _remove([obj.name for obj in bpy.data.objects if obj.get(OWNER) is not None])


class SHIAGE_OT_look(bpy.types.Operator):
    bl_idname = "shiage.look"
    bl_label = "Drag"
    bl_description = "Put the point into the scene as an empty: move it and see at once what it does"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012  # Blender wants a set

    operation: bpy.props.StringProperty(options={"HIDDEN"})  # type: ignore[valid-type]  # Blender reads annotations

    def execute(self, context: bpy.types.Context) -> set[str]:
        global _session  # noqa: PLW0603  # as above
        operation = parameters.known().get(self.operation)
        if operation is None or not operation.points:
            self.report({"ERROR"}, "This operation has no point to drag.")
            return {"CANCELLED"}
        stop()
        if context.mode != "OBJECT" and context.active_object is not None:
            bpy.ops.object.mode_set(mode="OBJECT")  # where an empty can be moved
        try:
            _session = Session(context, operation)
        except ports.Cannot as reason:
            self.report({"ERROR"}, str(reason))
            return {"CANCELLED"}
        for other in context.selected_objects:
            other.select_set(False)
        handle = bpy.data.objects[_session.empties[0]]
        handle.select_set(True)
        context.view_layer.objects.active = handle
        if not bpy.app.background:
            bpy.app.timers.register(_tick, first_interval=BEAT)
        return {"FINISHED"}


class SHIAGE_OT_look_end(bpy.types.Operator):
    bl_idname = "shiage.look_end"
    bl_label = "Done"
    bl_description = "Take the empty and the small picture away; its place stays in the parameters"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012  # Blender wants a set

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if _session is None:
            cls.poll_message_set("Nothing is dragged")
        return _session is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        obj = bpy.data.objects.get(_session.obj) if _session else None
        stop()
        if obj is not None:
            obj.select_set(True)
            context.view_layer.objects.active = obj
        return {"FINISHED"}


def draw(layout: Any, operation: Any) -> None:
    """The buttons below an operation with points."""
    if not operation.points:
        return
    session = running(operation)
    if session is None:
        names = ", ".join(point.title for point in operation.points)
        layout.operator("shiage.look", text=f"Drag the {names}", icon="EMPTY_AXIS").operation = operation.id
        return
    layout.operator("shiage.look_end", icon="CHECKMARK")
    if session.problem:
        layout.label(text=session.problem, icon="ERROR")


def _empty(obj: bpy.types.Object, title: str, placement: Placement) -> str:
    right, _ = placement.axes
    made = bpy.data.objects.new(f"Shiage {title}", None)
    made.empty_display_type, made.empty_display_size = "SPHERE", 0.04 * float(np.linalg.norm(right))
    made.show_in_front = made.show_name = True
    _own(made, obj)
    return str(made.name)


def _picture(obj: bpy.types.Object, placement: Placement, size: tuple[int, int]) -> str:
    """An image that shows in every kind of viewport shading, before the drawing: it has the drawing's lines, too."""
    image = bpy.data.images.new("Shiage Look", *size, alpha=True)
    fill(image, np.zeros((size[1], size[0], 4), np.float32))
    made = bpy.data.objects.new("Shiage Look", None)
    made.empty_display_type, made.data, made.empty_image_depth = "IMAGE", image, "FRONT"
    right, up = placement.axes
    width, height = float(np.linalg.norm(right)), float(np.linalg.norm(up))
    made.empty_display_size = max(width, height)
    made.empty_image_offset = (-0.5, -0.5)
    local = np.eye(4)
    normal = np.cross(right / width, up / height)
    local[:3, 0], local[:3, 1], local[:3, 2] = right / width, up / height, normal
    local[:3, 3] = placement.corners.mean(0) + BEHIND * width * normal
    _own(made, obj)
    made.matrix_world = Matrix((np.array(obj.matrix_world) @ local).tolist())
    made.hide_select = True
    return str(made.name)


def _own(made: bpy.types.Object, obj: bpy.types.Object) -> None:
    made[OWNER] = obj
    for collection in obj.users_collection:
        collection.objects.link(made)


def _move(empty: bpy.types.Object, obj: bpy.types.Object, placement: Placement, place: tuple[float, float]) -> None:
    right, up = placement.axes
    local = placement.corners[0] + right * (place[0] + 1) / 2 + up * (1 - place[1]) / 2
    empty.location = (np.array(obj.matrix_world) @ np.append(local, 1))[:3]


def _read(empty: bpy.types.Object, obj: bpy.types.Object, placement: Placement) -> tuple[float, float]:
    """Where an empty stands in the picture: -1..1 from the left edge to the right one, and from the top down."""
    right, up = placement.axes
    local = np.linalg.inv(np.array(obj.matrix_world, np.float64)) @ np.append(np.array(empty.location), 1)
    away = local[:3] - placement.corners[0]
    return 2 * float(away @ right / (right @ right)) - 1, 1 - 2 * float(away @ up / (up @ up))


def _remove(names: list[str]) -> None:
    for name in names:
        obj = bpy.data.objects.get(name)
        if obj is not None:
            image = obj.data
            bpy.data.objects.remove(obj)
            if isinstance(image, bpy.types.Image) and not image.users:
                bpy.data.images.remove(image)


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


CLASSES = (SHIAGE_OT_look, SHIAGE_OT_look_end)


def register() -> None:
    for entry in CLASSES:
        bpy.utils.register_class(entry)
    bpy.app.handlers.load_post.append(_loaded)


def unregister() -> None:
    stop()
    bpy.app.handlers.load_post.remove(_loaded)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    for entry in reversed(CLASSES):
        bpy.utils.unregister_class(entry)
