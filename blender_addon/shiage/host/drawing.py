"""A drawing on its way between Grease Pencil and the daemon: plain arrays, no bpy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

POINT, STROKE = "point", "stroke"

WEIGHT = "shiage_weight "
"""Before a vertex group's name: the points' weights in it, among what else the host keeps."""

# name -> domain, type, numbers each, value where the host has none
COLUMNS = {
    "points": (POINT, np.float32, 3, 0.0),
    "radius": (POINT, np.float32, 1, 0.01),
    "opacity": (POINT, np.float32, 1, 1.0),
    "colour": (POINT, np.float32, 4, 0.0),
    "material": (STROKE, np.int32, 1, 0),
    "layer": (STROKE, np.int32, 1, 0),
    "fill": (STROKE, np.int32, 1, 0),
    "fill_colour": (STROKE, np.float32, 4, 0.0),
    "cyclic": (STROKE, np.bool_, 1, False),
    "hide_line": (STROKE, np.bool_, 1, False),
}


@dataclass
class Material:
    """How strokes look; colours are linear."""

    name: str
    line: tuple[float, ...] = (0.0, 0.0, 0.0, 1.0)
    fill: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    show_line: bool = True
    show_fill: bool = False


@dataclass
class Layer:
    """A layer; ``transform`` takes its strokes to the object's space."""

    name: str
    transform: np.ndarray = field(default_factory=lambda: np.eye(4))
    opacity: float = 1.0


@dataclass
class View:
    """A rectangle of a drawing's plane as a picture: the plane's (left, top) is its upper left corner, ``scale`` pixels
    to a unit."""

    left: float
    top: float
    scale: float
    width: int
    height: int


@dataclass
class Drawing:
    """All strokes of an object at one frame.

    ``counts`` (s,): points of each stroke. ``columns``: every name of COLUMNS. ``extra``: name -> (domain, array),
    whatever else the host keeps.
    """

    counts: np.ndarray
    columns: dict[str, np.ndarray]
    materials: list[Material]
    layers: list[Layer]
    frame: int = 0
    exposure: str = "keyframe"
    plane: np.ndarray = field(default_factory=lambda: np.eye(4))
    extra: dict[str, tuple[str, np.ndarray]] = field(default_factory=dict)
    name: str = ""

    @property
    def offsets(self) -> np.ndarray:
        """(s + 1,) where each stroke's points start."""
        return np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int32)

    def of_layer(self, index: int) -> Drawing:
        """The strokes of one layer alone."""
        mine = self.columns["layer"] == index
        points = np.repeat(mine, self.counts)
        chosen = {POINT: points, STROKE: mine}
        columns = {name: array[chosen[COLUMNS[name][0]]] for name, array in self.columns.items()}
        extra = {name: (domain, array[chosen[domain]]) for name, (domain, array) in self.extra.items()}
        return Drawing(
            self.counts[mine],
            columns,
            self.materials,
            self.layers,
            self.frame,
            self.exposure,
            self.plane,
            extra,
            self.name,
        )


def view_of(drawings: list[Drawing], side: int) -> View:
    """All of ``drawings`` (in the plane of the first) with some paper round; ``side``: pixels of the longer side."""
    flat = np.concatenate([flat_of(drawing, drawings[0].plane) for drawing in drawings])
    low, high = flat.min(0), flat.max(0)
    margin = 0.04 * max(float((high - low).max()), 1e-6)
    extent = high - low + 2 * margin
    scale = side / float(extent.max())
    width, height = (max(1, round(float(length) * scale)) for length in extent)
    return View(float(low[0] - margin), float(high[1] + margin), scale, width, height)


def flat_of(drawing: Drawing, plane: np.ndarray) -> np.ndarray:
    """(n, 2) right and up of every point."""
    into = np.linalg.inv(plane)
    layer = np.repeat(drawing.columns["layer"], drawing.counts)
    flat = np.zeros((len(layer), 2))
    for index in np.unique(layer).tolist():
        matrix = into @ drawing.layers[index].transform
        flat[layer == index] = (drawing.columns["points"][layer == index] @ matrix[:3, :3].T + matrix[:3, 3])[:, :2]
    return flat


def placed(drawing: Drawing) -> np.ndarray:
    """(n, 3) every point in the object's space."""
    layer = np.repeat(drawing.columns["layer"], drawing.counts)
    made = drawing.columns["points"].astype(np.float64)
    for index in np.unique(layer).tolist():
        matrix = drawing.layers[index].transform
        made[layer == index] = made[layer == index] @ matrix[:3, :3].T + matrix[:3, 3]
    return made


def moved(drawing: Drawing, matrix: np.ndarray) -> Drawing:
    """``drawing`` with its points and widths taken along by ``matrix`` (4, 4)."""
    if np.allclose(matrix, np.eye(4), atol=1e-7):
        return drawing  # to the last bit
    columns = dict(drawing.columns)
    columns["points"] = (columns["points"] @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)
    columns["radius"] = (columns["radius"] * np.cbrt(abs(np.linalg.det(matrix[:3, :3])))).astype(np.float32)
    return replace(drawing, columns=columns)


def empty_column(name: str, points: int, strokes: int) -> np.ndarray:
    """A column full of its default."""
    domain, kind, width, value = COLUMNS[name]
    count = points if domain == POINT else strokes
    return np.full(count if width == 1 else (count, width), value, kind)


def merge(parts: list[Drawing]) -> Drawing:
    """One drawing of several layers' strokes; all parts share their tables. ``parts`` is not empty."""
    first = parts[0]
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in COLUMNS}
    extra: dict[str, tuple[str, np.ndarray]] = {}
    for name in {name for part in parts for name in part.extra}:
        domain, pattern = next(part.extra[name] for part in parts if name in part.extra)
        arrays = []
        for part in parts:
            count = int(part.counts.sum()) if domain == POINT else len(part.counts)
            have = part.extra.get(name)
            same = have is not None and have[0] == domain and have[1].dtype == pattern.dtype
            arrays.append(have[1] if have and same else np.zeros((count,) + pattern.shape[1:], pattern.dtype))
        extra[name] = (domain, np.concatenate(arrays))
    columns["fill"] = _numbered_on([part.columns["fill"] for part in parts])
    counts = np.concatenate([part.counts for part in parts]).astype(np.int32)
    return Drawing(counts, columns, first.materials, first.layers, first.frame, first.exposure, first.plane, extra)


def _numbered_on(fills: list[np.ndarray]) -> np.ndarray:
    """Fill numbers of several layers, each of which counts its own, as numbers that mean the same fill everywhere."""
    made, above = [], 0
    for fill in fills:
        numbers, rank = np.unique(np.append(fill, 0), return_inverse=True)
        made.append(np.where(fill > 0, rank[:-1] + above, 0))
        above += len(numbers) - 1
    return np.concatenate(made).astype(np.int32)


def plane_of(points: np.ndarray) -> np.ndarray:
    """(4, 4) right, up, normal and origin of the plane that (n, 3) points lie in.

    Flat drawings in one of Blender's own planes get exactly that (front: X right, Z up); others the best fit.
    """
    made = np.eye(4)
    right, up = np.array([1.0, 0, 0]), np.array([0.0, 0, 1])
    if len(points) >= 3:
        origin = points.mean(0).astype(np.float64)
        spread = np.ptp(points, axis=0)
        if spread[0] < 1e-4 * spread.max():
            right, up = np.array([0.0, 1, 0]), np.array([0.0, 0, 1])
        elif spread[2] < 1e-4 * spread.max():
            right, up = np.array([1.0, 0, 0]), np.array([0.0, 1, 0])
        elif spread[1] >= 1e-4 * spread.max():
            axes = np.linalg.svd((points - origin)[:: max(1, len(points) // 4000)], full_matrices=False)[2]
            normal = axes[2] if axes[2][1] < 0 else -axes[2]  # towards the front view
            up = np.array([0.0, 0, 1]) - normal * normal[2]
            up = up / np.linalg.norm(up) if np.linalg.norm(up) > 1e-3 else axes[1]
            right = np.cross(up, normal)
        made[:3, 3] = origin
    made[:3, 0], made[:3, 1], made[:3, 2] = right, up, np.cross(right, up)
    return made
