"""``recognize``: whose sketch is this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BadInput
from ..spec import Number, OperationSpec, Port, Text, Work
from ..values import Facts, Kind, Raster
from ._page import sheet_of
from ._registry import operation

if TYPE_CHECKING:
    from ..craft.figures import Figure
    from ..nets.recognize import Answer

SPEC = OperationSpec(
    id="recognize",
    version=2,
    title="Recognize",
    summary="Finds the figures on a page and tells which known character each one is, or that it is none of them.",
    inputs=(Port("page", Kind.RASTER, "Page", "A sketch, a coloured drawing, or a page with several figures."),),
    parameters=(
        Number(
            "certainty",
            "Least certainty",
            default=0.5,
            minimum=0,
            maximum=1,
            step=0.05,
            group="Answer",
            tooltip="A figure is none of the known characters where no name is at least this certain.",
        ),
        Text(
            "characters",
            "Only these characters",
            default="",
            group="Answer",
            tooltip="Names with commas between them; empty for all known characters.",
        ),
    ),
    outputs=(Port("figures", Kind.FACTS, "Figures", "Box, name (null for none of them) and score of each figure."),),
    accelerator=True,
    remembers=True,
)


class Recognized(NamedTuple):
    """What ``recognize`` gives."""

    figures: Facts


@operation(SPEC)
def recognize(page: Raster, *, certainty: float, characters: str, work: Work) -> Recognized:
    """Find the figures and compare each with the profiles of the known characters."""
    from .. import characters as known
    from ..craft.figures import find_figures

    names = [name.strip() for name in characters.split(",") if name.strip()]
    work.progress(0.0, "finding figures")
    pixels = sheet_of(page, work).to_8bit()
    figures = find_figures(pixels)
    if not figures:
        raise BadInput("There is no figure on this page.", where=page.name or "page", hint="Give a drawing with lines.")
    answers = known.name_figures(
        pixels, figures, names=names, certainty=certainty, progress=lambda d, s: work.progress(0.3 + 0.7 * d, s)
    )
    if not known.profiles():
        work.warn("No character is known yet; `shiage character add NAME DESIGN...` makes one known.")
    work.progress(1.0, "done")
    described = [described_figure(figure, found) for figure, found in zip(figures, answers, strict=True)]
    return Recognized(Facts({"figures": described}, name="figures"))


def described_figure(figure: Figure, found: Answer) -> dict[str, Any]:
    """A figure's box, name (None for none of them), score and candidates, as facts have them."""
    return {
        "box": list(figure.box),
        "name": found.name,
        "score": round(found.score, 4),
        "candidates": [{"name": name, "score": round(score, 4)} for name, score in found.candidates],
    }
