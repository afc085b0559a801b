"""Pictures in Blender: results as image planes where their drawing lies, and images as input."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from .drawing import View

BEHIND = 1e-3
"""How far a plane lies behind its drawing, in widths of the picture, so that the lines stay in front."""


def image_of(name: str, pixels: np.ndarray) -> bpy.types.Image:
    """A new image, packed into the file. ``pixels``: (h, w, 4) 0..1 from the top, sRGB, straight alpha."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1], np.float32).ravel())
    image.pack()
    return image


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


def plane_with(image: bpy.types.Image, view: View, plane: np.ndarray, parent: bpy.types.Object, place: int) -> Any:
    """A plane that shows ``image`` where ``view`` lies on the drawing's ``plane``; ``place`` 1 is nearest behind it."""
    width, height = view.width / view.scale, view.height / view.scale
    back = -BEHIND * place * width
    corners = [
        (view.left, view.top - height, back, 1),
        (view.left + width, view.top - height, back, 1),
        (view.left + width, view.top, back, 1),
        (view.left, view.top, back, 1),
    ]
    mesh = bpy.data.meshes.new(image.name)
    mesh.from_pydata([tuple(map(float, (plane @ np.array(corner))[:3])) for corner in corners], [], [(0, 1, 2, 3)])
    layer = mesh.uv_layers.new()
    for loop, place_in_image in zip(layer.data, ((0, 0), (1, 0), (1, 1), (0, 1))):  # noqa: B905  # Blender's own collection
        loop.uv = place_in_image
    mesh.materials.append(_material(image))
    made = bpy.data.objects.new(image.name, mesh)
    made.matrix_world = parent.matrix_world
    for collection in parent.users_collection:
        collection.objects.link(made)
    return made


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
