"""Whose designs a sketch is coloured from: those given, a named character's, or each recognized figure's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import BadInput, BadParameters, Problem
from ..spec import Work
from ..values import Raster
from ._page import sheet_of

if TYPE_CHECKING:
    from ..craft.matching import Part, Sheet

AUTO = "auto"


@dataclass
class Cast:
    """The designs, read. names: what each sheet is called in the facts.

    parts: each figure with its own sheets, empty where the whole sketch is one figure's. figures: what the facts say of
    them.
    """

    sheets: list[Sheet] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)


def cast_of(sketch: Raster, designs: tuple[Raster, ...], character: str, work: Work) -> Cast:
    """BadParameters where there is nothing to take colours from, NotFound where the named character is not known."""
    if character == AUTO:
        if designs:
            sentence = "is not taken with --character auto: each figure has its own."
            raise BadParameters((Problem("design", sentence),))
        return _recognized(sketch, work)
    if not designs and not character:
        sentence = "is missing: give a coloured design, or name a known character (`character`)."
        raise BadParameters((Problem("design", sentence),))
    cast = Cast()
    _read(cast, designs, work)
    if character:
        sheets, names = _own(character, work)
        if not sheets:
            raise BadInput(
                f"'{character}' is known from line art alone, which has no colours to take.",
                where="character",
                hint=f"`shiage character add {character} DESIGN...` with a coloured design.",
            )
        cast.sheets += sheets
        cast.names += names
    return cast


def _recognized(sketch: Raster, work: Work) -> Cast:
    """Each figure of the page with its character's designs."""
    from .. import characters
    from ..craft.figures import find_figures
    from ..craft.matching import Part
    from .recognize import described_figure

    if not characters.profiles():
        raise BadInput(
            "No character is known yet, so no figure can be recognized.",
            where="character",
            hint="`shiage character add NAME DESIGN...` makes one known.",
        )
    work.progress(0.0, "finding figures")
    pixels = sketch.to_8bit()
    figures = find_figures(pixels)
    answers = characters.name_figures(pixels, figures, progress=lambda d, s: work.progress(0.25 * d, s))
    known = {name: _own(name, work) for name in sorted({found.name for found in answers if found.name is not None})}
    cast = Cast()
    for figure, found in zip(figures, answers, strict=True):
        sheets, names = known[found.name] if found.name is not None else ([], [])
        cast.parts.append(Part(figure, sheets))
        cast.sheets += sheets
        cast.names += names
        cast.figures.append(described_figure(figure, found))
    for name, (sheets, _) in known.items():
        if not sheets:
            work.warn(f"'{name}' is known from line art alone and is left bare: there are no colours to take.")
    if strangers := sum(found.name is None for found in answers):
        work.warn(f"{strangers} of {len(figures)} figures are none of the known characters and are left bare.")
    return cast


def _read(cast: Cast, designs: Sequence[Raster], work: Work) -> None:
    from ..craft.matching import read_sheet
    from ..nets.parts import segmenter

    for number, picture in enumerate(designs):
        work.progress(0.4 * number / len(designs), "reading the designs")
        name = picture.name or f"design {number + 1}"
        try:
            cast.sheets.append(read_sheet(sheet_of(picture, work).to_8bit(), segmenter().likelihood, work.check))
        except BadInput as problem:
            problem.where = problem.where or name
            raise
        cast.names.append(name)


def _own(name: str, work: Work) -> tuple[list[Sheet], list[str]]:
    """The figures of a character's own designs, each read by itself, and their names.

    NotFound where it is not known. Designs in line art have no colours to give and are passed over.
    """
    from .. import characters
    from ..craft.figures import cut_out, find_figures
    from ..craft.matching import read_sheet
    from ..craft.page import sheet_alone
    from ..nets.parts import segmenter

    sheets: list[Sheet] = []
    names: list[str] = []
    for picture in characters.get(name).designs():
        page = sheet_alone(picture.to_8bit())
        figures = find_figures(page)
        for number, figure in enumerate(figures, 1):
            work.check()
            try:
                one = page if len(figures) == 1 else cut_out(page, figure)
                sheets.append(read_sheet(one, segmenter().likelihood, work.check))
            except BadInput:
                continue
            names.append(f"{name}, {picture.name}" + (f", figure {number}" if len(figures) > 1 else ""))
    return sheets, names
