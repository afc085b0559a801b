"""Finding the daemon, or starting it, while the window goes on."""

from __future__ import annotations

from typing import Any

import bpy

from ..job import Asking
from . import parameters
from .preferences import daemon

_adopting: Asking | None = None


class SHIAGE_OT_connect(bpy.types.Operator):
    bl_idname = "shiage.connect"
    bl_label = "Connect"
    bl_description = "Find the Shiage daemon (or start it) and ask what it can do"

    _asking: Asking | None = None
    _timer: Any = None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask and wait: for scripts and for Blender without a window."""
        self._asking = Asking(daemon(context), may_start=True)
        self._asking.wait()
        return self._finish(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        self._asking = Asking(daemon(context), may_start=True)
        self._timer = context.window_manager.event_timer_add(0.05, window=context.window)
        context.window_manager.modal_handler_add(self)
        context.workspace.status_text_set("Shiage: looking for the daemon, or starting it (Esc: no longer)")
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC" and event.value == "PRESS":
            self._tidy(context)
            return {"CANCELLED"}
        if event.type != "TIMER" or not self._asking.ended:
            return {"PASS_THROUGH"}
        return self._finish(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends meanwhile."""
        self._tidy(context)

    def _finish(self, context: bpy.types.Context) -> set[str]:
        self._tidy(context)
        if self._asking.problem:
            self.report({"ERROR"}, self._asking.problem)
            return {"CANCELLED"}
        parameters.learn(self._asking.operations)
        _redraw()
        return {"FINISHED"}

    def _tidy(self, context: bpy.types.Context) -> None:
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
            context.workspace.status_text_set(None)


def _adopt() -> float | None:
    """A daemon that runs already is adopted when Blender starts; none is started before the artist asks for it."""
    global _adopting  # noqa: PLW0603  # a timer keeps nothing
    if _adopting is None:
        _adopting = Asking(daemon(bpy.context), may_start=False)
    if not _adopting.ended:
        return 0.1
    if not _adopting.problem and not parameters.known():
        parameters.learn(_adopting.operations)
        _redraw()
    _adopting = None
    return None


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def register() -> None:
    bpy.utils.register_class(SHIAGE_OT_connect)
    if not bpy.app.background:
        bpy.app.timers.register(_adopt, first_interval=0.5)


def unregister() -> None:
    if bpy.app.timers.is_registered(_adopt):
        bpy.app.timers.unregister(_adopt)
    bpy.utils.unregister_class(SHIAGE_OT_connect)
