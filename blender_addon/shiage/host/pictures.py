"""Pictures in Blender: images in and out, on planes, as sequences of files, in the sequencer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .placing import Placement

BLENDS = {"multiply": "MULTIPLY", "screen": "SCREEN", "add": "ADD"}
"""The daemon's ways of laying a picture on what is below -> the sequencer's; any other is "ALPHA_OVER"."""


def image_of(name: str, data: bytes) -> bpy.types.Image:
    """A new image of a PNG, packed into the file."""
    image = bpy.data.images.new(name, 1, 1)
    image.source = "FILE"
    image.pack(data=data, data_len=len(data))
    return image


def image_in(name: str, file: Path) -> bpy.types.Image:
    """A new image of a file beside this one."""
    image = bpy.data.images.load(bpy.path.relpath(str(file)))
    image.name = name
    return image


def fill(image: bpy.types.Image, pixels: np.ndarray) -> None:
    """Put ``pixels``, (h, w, 4) float32 0..1 from the top and as large as the image, into it."""
    image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1], np.float32).ravel())
    image.update()


def pixels_of(image: bpy.types.Image) -> np.ndarray:
    """(h, w, 4) uint8 from the top; sRGB, whatever the image is kept in."""
    width, height = image.size
    flat = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(flat)
    made = flat.reshape(height, width, 4)[::-1]
    if image.is_float:
        colour = np.clip(made[..., :3], 0, 1)
        bright = 1.055 * np.maximum(colour, 1e-9) ** (1 / 2.4) - 0.055
        made = np.concatenate([np.where(colour <= 0.0031308, colour * 12.92, bright), made[..., 3:]], -1)
    return np.rint(np.clip(made, 0, 1) * 255).astype(np.uint8)


def plane_with(image: bpy.types.Image, placement: Placement, place: int, hidden: bool) -> Any | None:
    """A plane that shows ``image`` where ``placement`` says; ``place`` 1 is nearest behind the drawing, -1 nearest
    before it. None where what it should lie with is gone."""
    parent = bpy.data.objects.get(placement.parent)
    if parent is None:
        return None
    mesh = bpy.data.meshes.new(image.name)
    mesh.from_pydata([tuple(map(float, corner)) for corner in placement.at(place)], [], [(0, 1, 2, 3)])
    layer = mesh.uv_layers.new()
    for loop, place_in_image in zip(layer.data, ((0, 0), (1, 0), (1, 1), (0, 1))):  # noqa: B905  # Blender's own collection
        loop.uv = place_in_image
    mesh.materials.append(_material(image))
    made = bpy.data.objects.new(image.name, mesh)
    if placement.camera:
        made.parent = parent  # it goes along with the camera
    else:
        made.matrix_world = parent.matrix_world
    for collection in parent.users_collection:
        collection.objects.link(made)
    if hidden:
        made.hide_render = True
        made.hide_set(True)
    return made


def as_sequence(image: bpy.types.Image, plane: Any, first: int, last: int) -> None:
    """Let ``plane`` show ``image``, whose files are numbered by frames, through time."""
    image.source = "SEQUENCE"
    user = plane.data.materials[0].node_tree.nodes.active.image_user
    user.frame_start, user.frame_duration, user.frame_offset = first, last - first + 1, first - 1
    user.use_auto_refresh = True


def add_strip(scene: bpy.types.Scene, file: Path, channel: int, span: tuple[int, int], blend: str, hidden: bool) -> Any:
    """A still in the sequencer from the first to the last frame of ``span``."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences  # until Blender 4.4
    strip = strips.new_image(file.stem, bpy.path.relpath(str(file)), channel, span[0])
    strip.frame_final_end = span[1] + 1
    strip.blend_type, strip.mute = BLENDS.get(blend, "ALPHA_OVER"), hidden
    return strip


def free_channel(scene: bpy.types.Scene) -> int:
    """The lowest channel of the sequencer above all that is there."""
    editor = scene.sequence_editor
    if editor is None:
        return 1
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    return max((strip.channel for strip in strips), default=0) + 1


def _material(image: bpy.types.Image) -> bpy.types.Material:
    """The image as it is, without light."""
    made = bpy.data.materials.new(image.name)
    made.use_nodes = True
    made.blend_method = "BLEND"
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.clear()
    texture, output = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeOutputMaterial")
    glow, clear, mix = (nodes.new("ShaderNode" + kind) for kind in ("Emission", "BsdfTransparent", "MixShader"))
    texture.image = image
    links.new(texture.outputs["Color"], glow.inputs["Color"])
    links.new(texture.outputs["Alpha"], mix.inputs[0])
    links.new(clear.outputs[0], mix.inputs[1])
    links.new(glow.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], output.inputs["Surface"])
    nodes.active = texture
    return made
