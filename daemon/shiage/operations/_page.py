"""Drawings on a sheet that something darker lies around: a photo on a desk, a scan with the lid in it."""

from __future__ import annotations

from dataclasses import replace

from ..spec import Work
from ..values import Raster


def sheet_of(drawing: Raster, work: Work, *, walled: bool = False) -> Raster:
    """The drawing, what lies around its sheet painted as paper, which the artist is told; as it is where it has none.

    walled: where the drawing runs off the sheet, a line along the sheet's edge closes its areas.
    """
    # Loaded here because OpenCV takes a moment, which `shiage --help` and `ops` must not wait for.
    from ..craft.page import sheet_alone

    pixels = sheet_alone(drawing.pixels, work.check, walled=walled)
    if pixels is drawing.pixels:
        return drawing
    of = f" of '{drawing.name}'" if drawing.name else ""
    work.warn(f"What lies around the sheet{of} was taken for no part of the drawing.")
    return replace(drawing, pixels=pixels)
