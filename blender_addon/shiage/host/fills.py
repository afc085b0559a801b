"""Fills for Blenders before 5.1, where every stroke fills by itself and its material says what is shown; no bpy."""

from __future__ import annotations

import numpy as np

from .drawing import COLUMNS, POINT, Drawing, Material

_TRIED = 200  # of the shortest ways from a hole to its outline


def one_stroke_each(drawing: Drawing, materials: list[Material]) -> Drawing:
    """``drawing`` (of one layer, in the object's own ``materials``) with every fill as one stroke.

    Holes are joined to their outline by a way that is walked there and back, and lines that are hidden while their
    material shows them get no width.
    """
    shows = np.array([material.show_line for material in materials] or [True], np.bool_)
    hidden = drawing.columns["hide_line"] & shows[np.minimum(drawing.columns["material"], len(shows) - 1)]
    points = np.repeat(hidden, drawing.counts)
    columns = dict(drawing.columns)
    for name in ("radius", "opacity"):
        columns[name] = np.where(points, np.float32(0), columns[name])
    fill = columns["fill"]
    numbers, times = np.unique(fill[fill > 0], return_counts=True)
    holed = set(numbers[times > 1].tolist())
    if not holed:
        return _with(drawing, drawing.counts, columns, drawing.extra)
    offsets = drawing.offsets
    axes = drawing.plane[:3, :2]
    flat = columns["points"].astype(np.float64) @ axes
    chains, strokes = [], []
    for stroke, number in enumerate(fill.tolist()):
        if number not in holed:
            chains.append(np.arange(offsets[stroke], offsets[stroke + 1]))
            strokes.append(stroke)
        elif stroke == int(np.flatnonzero(fill == number)[0]):
            rings = [np.arange(offsets[k], offsets[k + 1]) for k in np.flatnonzero(fill == number)]
            chains.append(keyholed([ring for ring in rings if len(ring) >= 3], flat))
            strokes.append(stroke)
    point = np.concatenate(chains)
    chosen = {name: array[point if COLUMNS[name][0] == POINT else strokes] for name, array in columns.items()}
    extra = {
        name: (domain, array[point if domain == POINT else strokes]) for name, (domain, array) in drawing.extra.items()
    }
    return _with(drawing, np.array([len(chain) for chain in chains], np.int32), chosen, extra)


def keyholed(rings: list[np.ndarray], flat: np.ndarray) -> np.ndarray:
    """One ring of the points of many: the largest, the others as its holes. ``rings``: indices into ``flat`` (n, 2)."""
    sizes = [_area(flat[ring]) for ring in rings]
    order = sorted(range(len(rings)), key=lambda k: -abs(sizes[k]))
    made = rings[order[0]]
    turn = sizes[order[0]] > 0
    holes = [rings[k] if (sizes[k] > 0) != turn else rings[k][::-1] for k in order[1:]]
    while holes:
        apart = [_nearest(flat[made], flat[hole]) for hole in holes]
        which = min(range(len(holes)), key=lambda k: apart[k][0])
        hole = holes.pop(which)
        i, j = _way(made, hole, [made, hole, *holes], flat)
        made = np.concatenate([made[: i + 1], hole[j:], hole[: j + 1], made[i:]])
    return made


def _with(drawing: Drawing, counts: np.ndarray, columns: dict, extra: dict) -> Drawing:
    return Drawing(
        counts,
        columns,
        drawing.materials,
        drawing.layers,
        drawing.frame,
        drawing.exposure,
        drawing.plane,
        extra,
        drawing.name,
    )


def _area(ring: np.ndarray) -> float:
    after = np.roll(ring, -1, 0)
    return float((ring[:, 0] * after[:, 1] - ring[:, 1] * after[:, 0]).sum() / 2)


def _distances(outline: np.ndarray, hole: np.ndarray) -> np.ndarray:
    return ((outline[:, None] - hole[None]) ** 2).sum(-1)


def _nearest(outline: np.ndarray, hole: np.ndarray) -> tuple:
    return (float(_distances(outline, hole).min()),)


def _way(made: np.ndarray, hole: np.ndarray, rings: list, flat: np.ndarray) -> tuple[int, int]:
    """Places in ``made`` and ``hole`` with the shortest straight way between them that crosses no ring."""
    table = _distances(flat[made], flat[hole])
    shortest = np.argsort(table, axis=None)[:_TRIED]
    starts = np.concatenate([flat[ring] for ring in rings])
    ends = np.concatenate([flat[np.roll(ring, -1)] for ring in rings])
    for code in shortest.tolist():
        i, j = divmod(code, len(hole))
        if not _crosses(flat[made[i]], flat[hole[j]], starts, ends):
            return i, j
    return divmod(int(shortest[0]), len(hole))


def _crosses(a: np.ndarray, b: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> bool:
    """Whether the way a-b crosses any of the edges, touching at its own ends aside."""

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])

    apart = side(a, b, starts) * side(a, b, ends) < 0
    return bool((apart & (side(starts, ends, a) * side(starts, ends, b) < 0)).any())
