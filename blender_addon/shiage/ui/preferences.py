"""Where the daemon is."""

import bpy

from ..job import Daemon

ADDON = __package__.rpartition(".")[0]


class ShiagePreferences(bpy.types.AddonPreferences):
    bl_idname = ADDON

    home: bpy.props.StringProperty(  # type: ignore[valid-type]  # Blender reads properties from annotations
        name="Daemon's Folder",
        description="Where the daemon keeps its address and its jobs. Empty: the usual place",
        subtype="DIR_PATH",
    )
    executable: bpy.props.StringProperty(  # type: ignore[valid-type]  # as above
        name="Executable",
        description="The shiage command, for starting the daemon when none runs. Empty: found on the PATH",
        subtype="FILE_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.prop(self, "home")
        self.layout.prop(self, "executable")
        self.layout.operator("shiage.connect", icon="LINKED")


def daemon(context: bpy.types.Context) -> Daemon:
    """The daemon of the preferences (the usual one where the add-on is not installed, as in tests)."""
    entry = context.preferences.addons.get(ADDON)
    if entry is None or entry.preferences is None:
        return Daemon()
    return Daemon(entry.preferences.home, entry.preferences.executable)


def register() -> None:
    bpy.utils.register_class(ShiagePreferences)


def unregister() -> None:
    bpy.utils.unregister_class(ShiagePreferences)
