"""Run an operation (modal in a window, blocking without one); move breakdowns in time."""

from __future__ import annotations

from typing import Any

import bpy

from ..host import timeline
from ..job import CANCELLED, DONE, Job
from . import look, parameters, ports, results
from .preferences import daemon

_running: Job | None = None


class SHIAGE_OT_run(bpy.types.Operator):
    bl_idname = "shiage.run"
    bl_label = "Run"
    bl_description = "Let the Shiage daemon work on this drawing"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012  # Blender wants a set

    operation: bpy.props.StringProperty(options={"HIDDEN"})  # type: ignore[valid-type]  # Blender reads annotations

    _job: Job | None = None
    _request: ports.Request | None = None
    _timer: Any = None
    _target = ""

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        known = parameters.known().get(properties.operation)
        return known.summary if known else cls.bl_description

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = ""
        if not parameters.known():
            reason = "Connect to the Shiage daemon first"
        elif _running is not None:
            reason = "A job is running; Esc stops it"
        elif context.mode not in (
            "OBJECT",
            "PAINT_GPENCIL",
            "PAINT_GREASE_PENCIL",
            "EDIT_GPENCIL",
            "EDIT_GREASE_PENCIL",
        ):
            reason = "Go to Object, Draw or Edit mode"
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Run and wait: for scripts and for Blender without a window."""
        if not self._begin(context):
            return {"CANCELLED"}
        self._job.wait()
        return self._finish(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        if not self._begin(context):
            return {"CANCELLED"}
        self._timer = context.window_manager.event_timer_add(0.05, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC" and event.value == "PRESS":
            self._job.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if not self._job.ended:
            said = f"Shiage: {self._job.stage}, {self._job.progress:.0%} (Esc stops it)"
            context.workspace.status_text_set(said)
            if context.area is not None:
                context.area.header_text_set(said)
            return {"PASS_THROUGH"}
        return self._finish(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends while the job runs: it goes on in the daemon, nothing is left behind here."""
        self._tidy(context)

    def _begin(self, context: bpy.types.Context) -> bool:
        global _running  # noqa: PLW0603  # one job at a time in one Blender, and poll is a class method
        operation = parameters.known().get(self.operation)
        if operation is None:
            self.report({"ERROR"}, f"The daemon has no operation '{self.operation}'.")
            return False
        try:
            self._request = ports.request(context, operation)
        except ports.Cannot as reason:
            self.report({"ERROR"}, str(reason))
            return False
        target = ports.target_of(context, operation)
        self._target = target.name  # by name: references don't survive an undo
        look.stop()  # its picture would hide the result
        title = bpy.path.basename(bpy.data.filepath) or "untitled"
        finish = results.finisher(operation, target, self._request)
        self._job = Job(daemon(context), operation.id, self._request.runs, self._request.values, title, finish)
        self._job.start()
        _running = self._job
        return True

    def _finish(self, context: bpy.types.Context) -> set[str]:
        self._tidy(context)
        if self._job.state == CANCELLED:
            self.report({"INFO"}, "Stopped.")
            return {"CANCELLED"}
        if self._job.state != DONE:
            self.report({"ERROR"}, self._job.problem)
            return {"CANCELLED"}
        target = bpy.data.objects.get(self._target)
        if target is None:
            self.report({"ERROR"}, f"The object '{self._target}' is gone; the result is not placed.")
            return {"CANCELLED"}
        try:
            said = results.apply(context, target, self._job, self._request)
        except ports.Cannot as reason:
            self.report({"ERROR"}, str(reason))
            return {"CANCELLED"}
        self.report({"WARNING" if self._job.warnings else "INFO"}, said)
        return {"FINISHED"}

    def _tidy(self, context: bpy.types.Context) -> None:
        global _running  # noqa: PLW0603  # see _begin
        _running = None
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
            context.workspace.status_text_set(None)
            if context.area is not None:
                context.area.header_text_set(None)


class SHIAGE_OT_retime(bpy.types.Operator):
    bl_idname = "shiage.retime"
    bl_label = "Move Breakdowns"
    bl_description = (
        "Move the breakdowns between the keys around the playhead to other frames, without drawing them anew"
    )
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012  # Blender wants a set

    exposure: bpy.props.IntProperty(  # type: ignore[valid-type]  # Blender reads annotations
        name="Exposure", description="Frames that each stands; 0 spreads them evenly", min=0, max=24
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        obj = timeline.drawing_object(context)
        if obj is None or timeline.keys_around(obj.data, context.scene.frame_current) is None:
            cls.poll_message_set("Stand between two key drawings of a Grease Pencil's active layer")
            return False
        if timeline.is_linked(obj.data):
            cls.poll_message_set(timeline.LINKED)
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        data = timeline.drawing_object(context).data
        try:
            ways = timeline.retime(data, timeline.keys_around(data, context.scene.frame_current), self.exposure)
        except timeline.CantDraw as reason:
            self.report({"ERROR"}, str(reason))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{len(ways)} breakdowns at frames {', '.join(map(str, ways.values()))}.")
        return {"FINISHED"}


CLASSES = (SHIAGE_OT_run, SHIAGE_OT_retime)


def register() -> None:
    for entry in CLASSES:
        bpy.utils.register_class(entry)


def unregister() -> None:
    if _running is not None:
        _running.cancel()
    for entry in reversed(CLASSES):
        bpy.utils.unregister_class(entry)
