"""Inside Blender: install the packed add-on and switch it on, as a user would; and what every script begins and ends
with.
"""

import importlib
import json
import os
import sys
from typing import Any, NamedTuple

import bpy
import scene


class Host(NamedTuple):
    """The add-on's package, and of its host the modules ``timeline``, ``drawing`` and ``strokes``."""

    package: str
    timeline: Any
    drawing: Any
    strokes: Any


def switch_on(zip_path: str):
    """Install the add-on; the name of its package."""
    if bpy.app.version >= (4, 2, 0):
        import addon_utils

        if not hasattr(bpy.types, "EXTENSIONS_OT_package_install_files"):
            addon_utils.enable("bl_pkg", default_set=True)
        bpy.ops.extensions.package_install_files(filepath=zip_path, repo="user_default", enable_on_install=True)
        name = "bl_ext.user_default.shiage"
    else:
        os.makedirs(bpy.utils.user_resource("CONFIG", create=True), exist_ok=True)
        bpy.ops.preferences.addon_install(filepath=zip_path, overwrite=True)
        name = "shiage_addon"
        bpy.ops.preferences.addon_enable(module=name)
    assert name in bpy.context.preferences.addons, "the add-on does not start"
    return sys.modules[name]


def begin(zip_path: str) -> Host:
    """An empty file with the add-on switched on."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    package = switch_on(zip_path).__name__
    return Host(package, *scene.host(package), importlib.import_module(package + ".host").strokes)


def tell(facts):
    """To the test that ran the script."""
    print("FACTS " + json.dumps(facts))


def arguments():
    """What stands after ``--``."""
    return sys.argv[sys.argv.index("--") + 1 :]
