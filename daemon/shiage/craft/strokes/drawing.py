"""Two drawings as curves in one plane, and the drawings between put together again with all that strokes carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...values import Attribute, Domain, Exposure, StrokeLayer, StrokeMaterial, Strokes
from ...values.strokes import COLUMNS
from .between import Between, Tween
from .carrying import Carrier
from .curves import Curves

Unmatched: TypeAlias = Literal["fade", "hold", "leave-out"]

MARK = "shiage_unmatched"
"""Attribute of a stroke between: 0 = in both keys, 1 = only in the first, 2 = only in the second."""

FILL_OPACITY = "fill_opacity"

Carry: TypeAlias = Callable[[tuple[NDArray[Any], NDArray[Any]], Domain], NDArray[Any]]
"""From what both keys have to what is shown between them."""

_CURVE_TYPE = "curve_type"
_POLY = 1


@dataclass(frozen=True, eq=False)
class Joined:
    """Two drawings in one plane, with common tables of layers and materials.

    ``curves``: of each drawing, in the plane of the first. ``depth``: each point's distance from that plane.
    ``layer`` and ``material``: of each stroke, in the common tables.
    """

    drawings: tuple[Strokes, Strokes]
    curves: tuple[Curves, Curves]
    depth: tuple[NDArray[np.float64], NDArray[np.float64]]
    layer: tuple[NDArray[np.intp], NDArray[np.intp]]
    material: tuple[NDArray[np.intp], NDArray[np.intp]]
    layers: tuple[StrokeLayer, ...]
    materials: tuple[StrokeMaterial, ...]

    def carry(self, between: Between) -> Carrier:
        """What :meth:`assemble` needs to know of the strokes between, for all drawings."""
        return Carrier(between, self.curves)

    def assemble(
        self, carrier: Carrier, t: float, frame: int, unmatched: Unmatched, exposure: Exposure = Exposure.BREAKDOWN
    ) -> Strokes:
        """The drawing at the share ``t`` of the way, to stand at ``frame``."""
        between = carrier.between
        shown = np.array([_shown(tween, t, unmatched) for tween in between.tweens], np.bool_)
        counts = np.diff(between.offsets)
        points_shown = np.repeat(shown, counts)
        tweens = [tween for tween, is_shown in zip(between.tweens, shown, strict=True) if is_shown]

        def of(values: tuple[NDArray[Any], NDArray[Any]], domain: Domain) -> NDArray[Any]:
            if domain is Domain.POINT:
                return carrier.of_points(values, t)[points_shown]
            return carrier.of_strokes(values, t)[shown]

        one, two = self.drawings
        columns: dict[str, Any] = {
            name: of((getattr(one, name), getattr(two, name)), domain).astype(kind)
            for name, (domain, kind, _) in COLUMNS.items()
            if name not in ("points", "layer", "material", "fill")
        }
        fade = np.array([_fade(tween, t) if unmatched == "fade" else 1.0 for tween in tweens])
        columns["opacity"] = (columns["opacity"] * np.repeat(fade, counts[shown])).astype(np.float32)
        columns["cyclic"] = np.array([tween.cyclic for tween in tweens], np.bool_)
        layer = np.array([self._of(self.layer, tween) for tween in tweens], np.int32)
        depth = of(self.depth, Domain.POINT)
        return Strokes(
            points=self._placed(between.at(t)[points_shown], depth, np.repeat(layer, counts[shown])),
            offsets=np.concatenate([[0], np.cumsum(counts[shown])]).astype(np.int32),
            **columns,
            layer=layer,
            material=self._materials(tweens, t),
            fill=self._fills(tweens),
            layers=self.layers,
            materials=self.materials,
            frame=frame,
            exposure=exposure,
            plane=self.drawings[0].plane,
            extra=self._extra(tweens, of, fade),
            name=self.drawings[0].name,
        )

    def _of(self, table: tuple[NDArray[Any], NDArray[Any]], tween: Tween) -> Any:
        return table[0][tween.first] if tween.first >= 0 else table[1][tween.second]

    def _materials(self, tweens: list[Tween], t: float) -> NDArray[np.int32]:
        one, two = self.material
        return np.array(
            [one[w.first] if w.first >= 0 and (w.second < 0 or t < 0.5) else two[w.second] for w in tweens], np.int32
        )

    def _fills(self, tweens: list[Tween]) -> NDArray[np.int32]:
        """The first drawing's fill numbers; those that only the second has go on after them."""
        one, two = (drawing.fill for drawing in self.drawings)
        above = int(one.max(initial=0))
        return np.array(
            [one[w.first] if w.first >= 0 else two[w.second] + above * (two[w.second] > 0) for w in tweens], np.int32
        )

    def _placed(
        self, flat: NDArray[np.complex128], depth: NDArray[np.float64], layer: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """Plane points back into their layers' spaces."""
        points = np.stack([flat.real, flat.imag, depth, np.ones(len(flat))], 1)
        made = np.empty((len(flat), 3), np.float32)
        for index, entry in enumerate(self.layers):
            mine = layer == index
            made[mine] = (points[mine] @ (np.linalg.inv(entry.transform) @ self.drawings[0].plane).T)[:, :3]
        return made

    def _extra(self, tweens: list[Tween], of: Carry, fade: NDArray[np.float64]) -> tuple[Attribute, ...]:
        made = []
        one, two = ({a.name: a for a in drawing.extra} for drawing in self.drawings)
        for name in [*one, *(name for name in two if name not in one)]:
            pattern = one.get(name) or two[name]
            pair = [self._attribute(side, table.get(name), pattern) for side, table in enumerate((one, two))]
            if name.startswith(("handle_", "nurbs_")) or name in (MARK, FILL_OPACITY) or None in pair:
                continue
            a, b = (attribute.data for attribute in pair if attribute is not None)
            data = of((a, b), pattern.domain).astype(pattern.data.dtype)
            if name == _CURVE_TYPE:  # handles don't survive: what had them is a polyline now
                data = np.where(data > _POLY, _POLY, data).astype(data.dtype)
            made.append(Attribute(name, pattern.domain, data))
        mark = np.array([0 if w.first >= 0 and w.second >= 0 else 1 if w.first >= 0 else 2 for w in tweens], np.int8)
        made.append(Attribute(MARK, Domain.STROKE, mark))
        solid = [table[FILL_OPACITY].data if FILL_OPACITY in table else None for table in (one, two)]
        filled = np.array([self._of((self.drawings[0].fill, self.drawings[1].fill), w) > 0 for w in tweens], np.bool_)
        if any(x is not None for x in solid) or (filled & (fade < 1)).any():
            full = [np.ones(d.count, np.float32) if x is None else x for d, x in zip(self.drawings, solid, strict=True)]
            opacity = of((full[0], full[1]), Domain.STROKE) * fade
            made.append(Attribute(FILL_OPACITY, Domain.STROKE, opacity.astype(np.float32)))
        return tuple(made)

    def _attribute(self, side: int, have: Attribute | None, pattern: Attribute) -> Attribute | None:
        """``have``, zeros where this drawing lacks it, None where it is something else under the same name."""
        if have is None:
            drawing = self.drawings[side]
            count = len(drawing.points) if pattern.domain is Domain.POINT else drawing.count
            return replace(pattern, data=np.zeros((count, *pattern.data.shape[1:]), pattern.data.dtype))
        same = (have.domain, have.data.dtype, have.data.shape[1:])
        return have if same == (pattern.domain, pattern.data.dtype, pattern.data.shape[1:]) else None


def join(first: Strokes, second: Strokes) -> Joined:
    """Both drawings in the plane of the first. Layers and materials are the same where their names are."""
    layer_map, layers = _merged(
        [x.name for x in first.layers], first.layers, [x.name for x in second.layers], second.layers
    )
    material_map, materials = _merged(
        [m.name for m in first.materials], first.materials, [m.name for m in second.materials], second.materials
    )
    into = np.linalg.inv(first.plane)
    layer = first.layer.astype(np.intp), layer_map[second.layer]
    material = first.material.astype(np.intp), material_map[second.material]
    curves, depths = [], []
    for drawing, layer_of in zip((first, second), layer, strict=True):
        placed = in_plane(drawing, np.asarray(into, np.float64))
        kind = layer_of * 4 + (drawing.fill > 0) * 2 + drawing.hide_line
        offsets = drawing.offsets.astype(np.intp)
        curves.append(Curves(placed[:, 0] + 1j * placed[:, 1], offsets, drawing.cyclic, kind.astype(np.intp)))
        depths.append(placed[:, 2])
    return Joined(
        (first, second),
        (curves[0], curves[1]),
        (depths[0], depths[1]),
        layer,
        material,
        tuple(layers),
        tuple(materials),
    )


def in_plane(drawing: Strokes, into: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) right, up and depth of every point."""
    made = np.zeros((len(drawing.points), 3))
    layer = drawing.layer[drawing.stroke_of_point()]
    for index, entry in enumerate(drawing.layers):
        mine = layer == index
        matrix = into @ entry.transform
        made[mine] = drawing.points[mine] @ matrix[:3, :3].T + matrix[:3, 3]
    return made


def _merged(
    first_names: list[str], first: tuple[Any, ...], second_names: list[str], second: tuple[Any, ...]
) -> tuple[NDArray[np.intp], list[Any]]:
    """Where each of the second's entries is in the common table, and that table."""
    table, where = list(first), {name: k for k, name in enumerate(first_names)}
    place = []
    for name, entry in zip(second_names, second, strict=True):
        if name not in where:
            where[name] = len(table)
            table.append(entry)
        place.append(where[name])
    return np.array(place, np.intp), table


def _shown(tween: Tween, t: float, unmatched: Unmatched) -> bool:
    if tween.first >= 0 and tween.second >= 0:
        return True
    if unmatched == "hold":
        return (t < 0.5) == (tween.first >= 0)
    return unmatched == "fade"


def _fade(tween: Tween, t: float) -> float:
    if tween.first >= 0 and tween.second >= 0:
        return 1.0
    return 1 - t if tween.first >= 0 else t
