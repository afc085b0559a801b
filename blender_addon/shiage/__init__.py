"""Shiage in Blender: Grease Pencil drawings to the daemon, and back as strokes on the timeline."""

bl_info = {
    "name": "Shiage",
    "author": "The Shiage contributors",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "3D View > Sidebar > Shiage",
    "description": "Ink, paint and in-betweens for Grease Pencil",
    "category": "Animation",
}


def register() -> None:
    """Called by Blender when the add-on is switched on."""
    from . import ui

    ui.register()


def unregister() -> None:
    """Called by Blender when the add-on is switched off."""
    from . import ui

    ui.unregister()
