"""``segment-parts``: hair, face, clothes and the other parts of each figure."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import BadInput
from ..spec import Cardinality, Number, OperationSpec, Port, Work
from ..values import Facts, Kind, Mask, Raster
from ._page import sheet_of
from ._registry import operation

SPEC = OperationSpec(
    id="segment-parts",
    version=2,
    title="Parts",
    summary="Tells the parts of a figure apart (hair, face, eyes, clothes, hands, shoes ...) and masks each of them.",
    inputs=(
        Port("drawing", Kind.RASTER, "Drawing", "Line art, a sketch or a coloured drawing of one or more figures."),
    ),
    parameters=(
        Number(
            "certainty",
            "Least certainty",
            default=0.2,
            minimum=0,
            maximum=1,
            step=0.05,
            group="Parts",
            tooltip="Pieces about which the network is less certain are left out.",
        ),
    ),
    outputs=(
        Port(
            "masks",
            Kind.MASK,
            "Parts",
            "A mask for each piece of a part, named after it; together they follow the drawing's own regions.",
            cardinality=Cardinality.MANY,
        ),
        Port("parts", Kind.FACTS, "What was found", "Class, score, box, figure and mask of each piece."),
    ),
    accelerator=True,
)


class Parts(NamedTuple):
    """What ``segment-parts`` gives."""

    masks: tuple[Mask, ...]
    parts: Facts


@operation(SPEC)
def segment_parts(drawing: Raster, *, certainty: float, work: Work) -> Parts:
    """Find the figures and name the part at each pixel, region by region."""
    from ..nets.parts import PARTS, segmenter

    work.progress(0.0, "finding figures")
    pixels = sheet_of(drawing, work).to_8bit()
    found = segmenter().segments(pixels, work.check)
    if not found:
        raise BadInput(
            "There is no figure in this drawing.", where=drawing.name or "drawing", hint="Give a drawing with lines."
        )
    work.progress(0.8, "masking")
    masks: list[Mask] = []
    described: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for number, (_, segments) in enumerate(found):
        for segment in segments:
            work.check()
            if segment.score < certainty:
                continue
            part = PARTS[segment.part]
            seen[part] = seen.get(part, 0) + 1
            name = part if seen[part] == 1 else f"{part}-{seen[part]}"
            x0, y0, x1, y1 = segment.box
            whole = np.zeros(pixels.shape[:2], np.uint8)
            whole[y0:y1, x0:x1][segment.mask] = 255
            masks.append(Mask(whole, name))
            described.append(
                {
                    "class": part,
                    "score": round(segment.score, 4),
                    "box": [x0, y0, x1, y1],
                    "area": int(segment.mask.sum()),
                    "figure": number,
                    "mask": name,
                }
            )
    figures = [{"box": list(figure.box)} for figure, _ in found]
    work.progress(1.0, "done")
    return Parts(tuple(masks), Facts({"parts": described, "figures": figures}, name="parts"))
