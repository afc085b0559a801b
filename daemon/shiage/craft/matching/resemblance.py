"""All measurements of a sketch's regions against one design's areas, each area also as part of its family."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shiage.craft.design import ColourAreas
from shiage.craft.matching.alignment import align
from shiage.craft.matching.features import measure_pairs, same_view, turn
from shiage.craft.matching.matcher import Sheet
from shiage.craft.matching.shapes import Shapes, measure
from shiage.craft.matching.swatches import sort_into_swatches
from shiage.craft.strips import Check, never_stop

ONE_FAMILY = 10.0  # CIEDE2000: touching areas this alike are strands, folds or limbs of one thing

Floats = NDArray[np.float64]


def measure_resemblance(sketch: Shapes, design: Sheet, check: Check = never_stop) -> tuple[Floats, float, Floats]:
    """What the scores are made of: features (regions + 1, areas + 1, 2 x features), the agreement, and the gates (3,).

    Each area is measured twice: by itself, and as part of its family, so that a strand of hair counts as hair too.
    Each measurement has three weights, of which one always counts, one as far as both drawings show the same view
    (then place says more than shape), one as far as one is turned aside (then left and right say nothing).
    """
    areas, shapes = design.areas, design.shapes
    placed = align(sketch, shapes)
    check()
    alone = measure_pairs(sketch, shapes, areas.holes, areas.inked, placed)
    check()
    family, merged = families(areas, shapes)
    holes, inked = np.zeros((2, merged.count + 1), bool)
    holes[family], inked[family] = areas.holes, areas.inked
    check()
    together = measure_pairs(sketch, merged, holes, inked, placed)[:, family]
    gates = np.array([1.0, same_view(placed.agreement), turn(sketch, shapes)])
    return np.concatenate([alone, together], axis=-1), placed.agreement, gates


def families(areas: ColourAreas, shapes: Shapes) -> tuple[NDArray[np.int64], Shapes]:
    """Each area's family, int64 (areas + 1,), and the families' measurements: touching areas of about one colour."""
    kinds, _ = sort_into_swatches(areas.colours, shapes.size, areas.holes, ONE_FAMILY)
    kinds[0] = -1
    kind_map = kinds[areas.labels]
    labels = np.zeros(areas.labels.shape, np.int32)
    count = 0
    for kind in range(int(kinds.max(initial=0)) + 1):
        found, parts = cv2.connectedComponents((kind_map == kind).astype(np.uint8), connectivity=8)
        labels[parts > 0] = parts[parts > 0] + count
        count += found - 1
    family = np.zeros(areas.count + 1, np.int64)
    family[areas.labels.ravel()] = labels.ravel()
    parts = np.zeros((count + 1, shapes.parts.shape[1]))
    np.add.at(parts, family, shapes.parts * shapes.size[:, None])
    parts[0] = shapes.parts[0]
    return family, measure(labels, parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-9))
