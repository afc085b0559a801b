"""``recognize``: whose sketch is this."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import BadInput
from ..spec import Number, OperationSpec, Port, Text, Work
from ..values import Facts, Kind, Raster
from ._registry import operation

SPEC = OperationSpec(
    id="recognize",
    version=1,
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
    from ..nets.recognize import answer, look_at, recognizer

    names = [name.strip() for name in characters.split(",") if name.strip()]
    work.progress(0.0, "finding figures")
    pixels = page.to_8bit()
    figures = find_figures(pixels)
    if not figures:
        raise BadInput("There is no figure on this page.", where=page.name or "page", hint="Give a drawing with lines.")
    work.progress(0.3, "loading")
    network = recognizer()
    prints = known.known_prints(network, names)
    if not prints:
        work.warn("No character is known yet; `shiage character add NAME DESIGN...` makes one known.")
    answers: list[dict[str, Any]] = []
    for number, figure in enumerate(figures):
        work.progress(0.4 + 0.6 * number / len(figures), "comparing")
        asked = network.prints([look_at(pixels, figure)])
        found = answer(asked, prints, network.strangers, network.calibration, certainty)
        candidates = [{"name": name, "score": round(score, 4)} for name, score in found.candidates]
        answers.append(
            {
                "box": list(figure.box),
                "name": found.name,
                "score": round(found.score, 4),
                "candidates": candidates,
            }
        )
    work.progress(1.0, "done")
    return Recognized(Facts({"figures": answers}, name="figures"))
