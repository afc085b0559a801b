"""A page with several figures, each in the colours of its own designs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shiage.craft.figures import Figure
from shiage.craft.matching.colouring import Colouring, colour_regions
from shiage.craft.matching.matcher import Matcher, Sheet
from shiage.craft.matching.swatches import PAPER
from shiage.craft.regions import RegionMap
from shiage.craft.strips import Check, Progress, never_stop, no_progress
from shiage.errors import BadInput

_MARGIN = 0.02  # of a figure's box is kept around it, so that its outline's lines are whole


@dataclass(frozen=True, eq=False)
class Part:
    """One figure of a page and the designs of its character, read by `read_sheet`; none leaves it bare."""

    figure: Figure
    sheets: Sequence[Sheet]


def colour_page(
    found: RegionMap,
    parts: NDArray[np.float64],
    cast: Sequence[Part],
    matcher: Matcher,
    check: Check = never_stop,
    progress: Progress = no_progress,
) -> tuple[Colouring, NDArray[np.int64]]:
    """Colour each figure's regions from its own designs; and whose each region is.

    found: the page's regions. parts: what `region_parts` says of them. Gives the page's colouring, whose designs count
    through all figures' sheets in their order, and int64 (n + 1,): the place in `cast` of each region's figure, -1 for
    background and what lies in no figure. Regions of figures without designs are not painted, with confidence 0.
    """
    owners = _owners(found, [part.figure for part in cast])
    page = _Page(len(found))
    for number, part in enumerate(cast):
        progress(number / max(1, len(cast)), "matching")
        check()
        mine = owners == number
        coloured = None
        if part.sheets and mine.any():
            try:
                coloured = colour_regions(_cut(found, part.figure, mine), parts, part.sheets, matcher, check)
            except BadInput:
                coloured = None  # nothing of it is closed: it stays bare and in doubt
        page.take(mine, coloured, len(part.sheets))
    page.confidence[(owners < 0) & np.append(False, ~found.background)] = 0.0
    return page.colouring(), owners


def _owners(found: RegionMap, figures: Sequence[Figure]) -> NDArray[np.int64]:
    """The figure that holds most of each region, -1 where none holds half of it."""
    most = np.zeros(len(found) + 1)
    owners = np.full(len(found) + 1, -1, np.int64)
    for number, figure in enumerate(figures):
        x0, y0, x1, y1 = figure.box
        inside = found.labels[y0:y1, x0:x1][figure.shape > 0]
        held = np.bincount(inside, minlength=len(found) + 1)
        more = held > most
        owners[more], most[more] = number, held[more]
    whole = np.append(1, np.bincount(found.labels.ravel(), minlength=len(found) + 1)[1:])
    owners[most < 0.5 * whole] = -1
    owners[np.append(True, found.background)] = -1
    return owners


def _cut(found: RegionMap, figure: Figure, mine: NDArray[np.bool_]) -> RegionMap:
    """The page around one figure, with the same region ids; all that is another's is background."""
    height, width = found.labels.shape
    x0, y0, x1, y1 = figure.box
    margin = 2 + round(_MARGIN * max(x1 - x0, y1 - y0))
    left, top = max(0, x0 - margin), max(0, y0 - margin)
    place = np.s_[top : min(height, y1 + margin), left : min(width, x1 + margin)]
    return replace(
        found,
        labels=np.ascontiguousarray(found.labels[place]),
        inner=(found.inner - (left, top)).astype(np.int32),
        background=~mine[1:] | found.background,
    )


class _Page:
    """The figures' colourings, gathered into one."""

    def __init__(self, count: int) -> None:
        self.swatch = np.full(count + 1, PAPER, np.int64)
        self.design = np.full(count + 1, -1, np.int64)
        self.area = np.zeros(count + 1, np.int64)
        self.confidence = np.ones(count + 1)
        self.unsure = np.zeros(count + 1, np.bool_)
        self._rows: dict[tuple[int, ...], int] = {}
        self._agreements: list[float] = []

    def take(self, mine: NDArray[np.bool_], coloured: Colouring | None, sheets: int) -> None:
        """One figure's regions; ``sheets`` designs are its own."""
        if coloured is None:
            self.confidence[mine], self.unsure[mine] = 0.0, True
            self._agreements += [0.0] * sheets
            return
        rows = [PAPER, *(self._row(tuple(c)) for c in coloured.colours[1:].tolist())]
        self.swatch[mine] = np.array(rows)[coloured.swatch[mine]]
        self.design[mine] = coloured.design[mine] + len(self._agreements)
        self.area[mine] = coloured.area[mine]
        self.confidence[mine] = coloured.confidence[mine]
        self.unsure[mine] = coloured.unsure[mine]
        self._agreements += coloured.agreements

    def _row(self, colour: tuple[int, ...]) -> int:
        return self._rows.setdefault(colour, len(self._rows) + 1)

    def colouring(self) -> Colouring:
        """All of it."""
        colours = np.array([(255, 255, 255), *self._rows], np.uint8)
        return Colouring(
            self.swatch, colours, self.design, self.area, self.confidence, self.unsure, tuple(self._agreements)
        )
