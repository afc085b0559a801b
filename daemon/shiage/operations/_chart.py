"""The parameters of a timing chart, which in-betweens of strokes and of pixels share."""

from __future__ import annotations

from ..spec import Choice, Number, Option, Text, TextForm

# fmt: off
TIMING = (
    Number(
        "exposure", "Exposure", 2, 1, 24, 1, soft_maximum=4, unit="frames", integer=True, group="Timing",
        tooltip="How many frames each drawing stands when their number is automatic (2 = on twos).",
    ),
    Choice(
        "timing", "Timing", "linear",
        (
            Option("linear", "Even"),
            Option("ease-in", "Slow start"),
            Option("ease-out", "Slow end"),
            Option("ease-in-out", "Slow start and end"),
        ),
        group="Timing", tooltip="Where the drawings stand on the way from key to key.",
    ),
    Text(
        "spacing", "Spacing by hand", "", longest=2000, form=TextForm.SPACING, group="Timing",
        tooltip="The chart's ticks as shares of the way, such as 0.1, 0.25, 0.5 or 10% 25% 50%.",
    ),
)
# fmt: on
