"""A drawing as a picture: seen straight on in its own plane, or through the camera; and where such a picture lies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
import numpy as np

from .drawing import COLUMNS, POINT, Drawing, Layer, View, flat_of, view_of

BEHIND = 1e-3
"""How far a picture lies behind its drawing, in widths of the picture, so that the lines stay in front."""


@dataclass
class Placement:
    """A rectangle in the space of the object ``parent``. ``corners``: (4, 3) lower left, lower right, upper right,
    upper left; ``back``: (4, 3) how each goes one place further behind. ``camera``: it fills that camera's view."""

    corners: np.ndarray
    back: np.ndarray
    parent: str
    camera: bool = False

    def at(self, place: int) -> np.ndarray:
        """(4, 3) the corners of the ``place``-th picture behind the drawing."""
        return self.corners + place * self.back

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """(3,) right and up, as long as the picture is wide and high."""
        return self.corners[1] - self.corners[0], self.corners[3] - self.corners[0]


@dataclass
class Sight:
    """What an operation on pictures gets: ``drawing`` with the ``view`` of it, and where that lies in the scene."""

    drawing: Drawing
    view: View
    placement: Placement


def in_plane(drawings: list[Drawing], obj: bpy.types.Object, side: int) -> list[Sight]:
    """Each of ``drawings`` in the plane of the first, in one view of all. ``side``: pixels of the longer side."""
    view, plane = view_of(drawings, side), drawings[0].plane
    width, height = view.width / view.scale, view.height / view.scale
    left, right, top, bottom = view.left, view.left + width, view.top, view.top - height
    flat = np.array([(left, bottom, 0, 1), (right, bottom, 0, 1), (right, top, 0, 1), (left, top, 0, 1)])
    corners = (flat @ plane.T)[:, :3]
    back = np.broadcast_to(-BEHIND * width * plane[:3, 2], (4, 3))
    placement = Placement(corners, back, obj.name)
    return [Sight(replace(drawing, plane=plane), view, placement) for drawing in drawings]


def in_camera(drawing: Drawing, obj: bpy.types.Object, scene: bpy.types.Scene) -> Sight | None:
    """``drawing`` as the scene's camera sees it now, as large as a render; None where nothing lies before it.

    Points become pixels and radii too, so that the daemon draws what the camera sees. Strokes that reach behind the
    camera are left out.
    """
    camera, render = scene.camera, scene.render
    width, height = (
        max(1, int(side * render.resolution_percentage / 100)) for side in (render.resolution_x, render.resolution_y)
    )
    graph = bpy.context.evaluated_depsgraph_get()
    lens = camera.calc_matrix_camera(
        graph, x=width, y=height, scale_x=render.pixel_aspect_x, scale_y=render.pixel_aspect_y
    )
    project = np.array(lens, np.float64)
    into = np.linalg.inv(np.array(camera.matrix_world.normalized(), np.float64)) @ np.array(
        obj.matrix_world, np.float64
    )
    seen = np.empty((len(drawing.columns["points"]), 4))
    scale = np.empty(len(seen))
    layer = np.repeat(drawing.columns["layer"], drawing.counts)
    for index in np.unique(layer).tolist():
        mine = layer == index
        matrix = into @ drawing.layers[index].transform
        points = drawing.columns["points"][mine]
        seen[mine] = np.column_stack([points, np.ones(len(points))]) @ matrix.T
        scale[mine] = np.cbrt(abs(np.linalg.det(matrix[:3, :3])))
    clip = seen @ project.T
    before = clip[:, 3] > 1e-6 if project[3, 2] else seen[:, 2] < 0
    whole = np.array([bool(before[a:b].all()) for a, b in zip(drawing.offsets[:-1], drawing.offsets[1:], strict=True)])
    if not whole.any():
        return None
    points = np.repeat(whole, drawing.counts)
    clip, depth, scale = clip[points], -seen[points, 2], scale[points]
    columns = {name: array[points if COLUMNS[name][0] == POINT else whole] for name, array in drawing.columns.items()}
    spot = (clip[:, :2] / clip[:, 3:] * 0.5 + 0.5) * (width, height)
    columns["points"] = np.column_stack([spot, np.zeros(len(spot))]).astype(np.float32)
    pixels = scale * abs(project[1, 1]) * height / 2 / clip[:, 3]
    columns["radius"] = (columns["radius"] * pixels).astype(np.float32)
    made = Drawing(
        drawing.counts[whole],
        columns,
        drawing.materials,
        [Layer(entry.name, np.eye(4), entry.opacity) for entry in drawing.layers],
        drawing.frame,
        drawing.exposure,
        name=drawing.name,
    )
    corners = _frustum(project, float(depth.max()))
    behind = corners * BEHIND if project[3, 2] else np.broadcast_to((0, 0, -BEHIND * np.ptp(corners[:, 0])), (4, 3))
    return Sight(made, View(0.0, float(height), 1.0, width, height), Placement(corners, behind, camera.name, True))


def back_to_strokes(drawing: Drawing, view: View, placement: Placement, obj: bpy.types.Object) -> Drawing:
    """Strokes that an operation found in a picture, back where the picture was taken from, in the space of ``obj``.

    ``view``: which rectangle of the drawing's own plane is the picture.
    """
    flat = flat_of(drawing, drawing.plane)
    share = np.column_stack([(flat[:, 0] - view.left) / view.width, (view.top - flat[:, 1]) / view.height]) * view.scale
    right, up = placement.axes
    local = placement.corners[3] + share[:, :1] * right - share[:, 1:] * up
    wide = float(np.linalg.norm(right))
    parent = bpy.data.objects.get(placement.parent)
    if placement.camera and parent is not None:
        into = np.linalg.inv(np.array(obj.matrix_world)) @ np.array(parent.matrix_world.normalized())
        local = local @ into[:3, :3].T + into[:3, 3]
        wide *= float(np.cbrt(abs(np.linalg.det(into[:3, :3]))))
    columns = dict(drawing.columns)
    columns["points"] = local.astype(np.float32)
    columns["radius"] = (columns["radius"] * view.scale / view.width * wide).astype(np.float32)
    return replace(drawing, columns=columns)


def _frustum(project: np.ndarray, depth: float) -> np.ndarray:
    """(4, 3) the corners of what the camera sees ``depth`` before it, in its own space."""
    w = depth if project[3, 2] else 1.0
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    made = [
        ((x * w + project[0, 2] * depth - project[0, 3]) / project[0, 0],
         (y * w + project[1, 2] * depth - project[1, 3]) / project[1, 1], -depth)
        for x, y in corners
    ]  # fmt: skip
    return np.array(made, np.float64)
