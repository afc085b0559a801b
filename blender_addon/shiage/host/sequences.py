"""An image sequence on a plane: its pictures in, and a plane like it with another sequence out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

_NUMBER = re.compile(r"(\d+)(?!.*\d)")


@dataclass
class Sequence:
    """Pictures that a plane shows through time. ``pictures``: frame of the scene -> its file, where there is one."""

    name: str
    pictures: dict[int, Path]


def _texture(obj: bpy.types.Object | None) -> Any | None:
    """The texture node of an object's first material that shows an image sequence."""
    if obj is None or obj.type != "MESH" or not obj.data.materials or obj.data.materials[0] is None:
        return None
    tree = obj.data.materials[0].node_tree
    for node in tree.nodes if tree is not None else ():
        if node.type == "TEX_IMAGE" and node.image is not None and node.image.source == "SEQUENCE":
            return node
    return None


def shown_on(obj: bpy.types.Object | None) -> Sequence | None:
    """The sequence that a plane shows; None where it shows none. Frames without a file show the picture before."""
    node = _texture(obj)
    if node is None:
        return None
    file = Path(bpy.path.abspath(node.image.filepath, library=node.image.library))
    number = _NUMBER.search(file.stem)
    user = node.image_user
    pictures = {}
    for frame in range(user.frame_start, user.frame_start + user.frame_duration) if number else ():
        digits = f"{frame - user.frame_start + 1 + user.frame_offset:0{len(number[1])}d}"
        here = file.with_name(file.stem[: number.start(1)] + digits + file.stem[number.end(1) :] + file.suffix)
        if here.is_file():
            pictures[frame] = here
    return Sequence(node.image.name, pictures)


def beside(obj: bpy.types.Object, title: str, file: Path, first: int, last: int) -> bpy.types.Object:
    """A copy of the plane ``obj`` in its place, which shows the files numbered by frames from ``file`` on; the plane
    itself is hidden, and nothing else of it changes."""
    made = obj.copy()
    made.name = title
    made.data = obj.data.copy()
    material = obj.data.materials[0].copy()
    made.data.materials[0] = material
    material.name = title
    for collection in obj.users_collection:
        collection.objects.link(made)
    node = _texture(made)
    image = bpy.data.images.load(bpy.path.relpath(str(file)))
    image.name, image.source = title, "SEQUENCE"
    image.colorspace_settings.name = node.image.colorspace_settings.name
    image.alpha_mode = node.image.alpha_mode
    node.image = image
    user = node.image_user
    user.frame_start, user.frame_duration, user.frame_offset = first, last - first + 1, first - 1
    user.use_auto_refresh = True
    obj.hide_render = True
    obj.hide_set(True)
    return made
