"""Pictures in Blender: images in and out, on planes, as sequences of files, in the sequencer."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .placing import Placement

BLENDS = {"multiply": "MULTIPLY", "screen": "SCREEN", "add": "ADD"}
"""The daemon's ways of laying a picture on what is below -> the sequencer's; any other is "ALPHA_OVER"."""


def image_of(name: str, pixels: np.ndarray) -> bpy.types.Image:
    """A new image, packed into the file. ``pixels``: (h, w, 4) 0..1 from the top, sRGB, straight alpha."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    fill(image, pixels)
    image.pack()
    return image


def fill(image: bpy.types.Image, pixels: np.ndarray) -> None:
    """Put ``pixels``, as large as the image, into it."""
    image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1], np.float32).ravel())
    image.update()


def write_png(path: Path, pixels: np.ndarray) -> None:
    """A picture as a PNG file."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(path.stem, width, height, alpha=True)
    try:
        fill(image, pixels)
        image.filepath_raw, image.file_format = str(path), "PNG"
        image.save()
    finally:
        bpy.data.images.remove(image)


def write_sequence(folder: Path, stem: str, pictures: dict[int, np.ndarray], end: int) -> Path:
    """Files for all frames from the first of ``pictures`` (frame -> pixels) to ``end``, each held until the next; the
    first file."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = sorted(pictures)
    for frame, following in zip(frames, [*frames[1:], max(end, frames[-1]) + 1], strict=True):
        drawn = folder / f"{stem}.{frame:04d}.png"
        write_png(drawn, pictures[frame])
        for held in range(frame + 1, following):  # image sequences know no holds
            shutil.copyfile(drawn, folder / f"{stem}.{held:04d}.png")
    return folder / f"{stem}.{frames[0]:04d}.png"


def new_folder(operation: str, obj: str) -> Path | None:
    """A folder of its own for a result, beside the file; None where the file was never saved."""
    if not bpy.data.filepath:
        return None
    place = Path(bpy.path.abspath("//")) / "shiage" / safe(obj)
    number = 1
    while (made := place / (operation if number == 1 else f"{operation}-{number}")).exists():
        number += 1
    return made


def safe(name: str) -> str:
    """A name of an artist's as one for a file on every system."""
    return "".join(c if c.isalnum() or c in "-_ " else "_" for c in name).strip()[:80] or "drawing"


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
