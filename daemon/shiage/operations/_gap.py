"""The parameter that all operations on closed regions share."""

from __future__ import annotations

from ..spec import Number


def gap_parameter(tooltip: str) -> Number:
    """The longest break in a line that is closed, in pixels of the drawing; None = automatic, 0 = none."""
    return Number(
        "gap",
        "Close gaps up to",
        default=None,
        minimum=0,
        maximum=1000,
        step=1,
        soft_maximum=60,
        unit="px",
        group="Lines",
        tooltip=tooltip,
    )
