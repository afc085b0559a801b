"""A site's own operations, as SHIAGE_EXTRA_OPERATIONS finds them: small ones that show what a daemon must bear.

``trace`` names a file to which an operation adds a line a step, so that tests see what ran, when and how far.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from shiage.errors import BadInput
from shiage.operations import operation
from shiage.spec import Choice, Number, OperationSpec, Option, Port, Switch, Text, Work
from shiage.values import Facts, Kind, Raster

DRAWING = Port("drawing", Kind.RASTER, "Drawing")
OPTIONAL_DRAWING = Port("drawing", Kind.RASTER, "Drawing", optional=True)
RESULT = Port("result", Kind.RASTER, "Result")
FACTS = Port("facts", Kind.FACTS, "Facts")
TRACE = Text("trace", "Trace", "")
_kept: list[np.ndarray] = []


class Picture(NamedTuple):
    """One picture."""

    result: Raster


class PictureAndFacts(NamedTuple):
    """A picture, and which process made it."""

    result: Raster
    facts: Facts


class FactsOnly(NamedTuple):
    """What was found."""

    facts: Facts


def _note(trace: str, line: str) -> None:
    if trace:
        with Path(trace).open("a") as file:
            file.write(line + "\n")


@operation(
    OperationSpec(
        id="invert",
        version=2,
        title="Invert",
        summary="Turns the colours over at once.",
        inputs=(DRAWING,),
        parameters=(Number("strength", "Strength", 1.0, 0.0, 1.0, 0.1), Switch("alpha", "Alpha too", False), TRACE),
        outputs=(RESULT, FACTS),
    )
)
def invert(drawing: Raster, *, strength: float, alpha: bool, trace: str, work: Work) -> PictureAndFacts:
    """Fast."""
    _note(trace, "invert")
    pixels = drawing.pixels.copy()
    parts = pixels[..., : 4 if alpha else 3]
    parts[...] = np.abs(np.iinfo(pixels.dtype).max * strength - parts).astype(pixels.dtype)
    return PictureAndFacts(Raster(pixels, drawing.name), Facts({"pid": os.getpid()}))


@operation(
    OperationSpec(
        id="soften",
        version=1,
        title="Soften",
        summary="Takes its time: a step every few milliseconds, each seen in the result.",
        inputs=(DRAWING,),
        parameters=(
            Number("steps", "Steps", 50, 1, 10000, 1, integer=True),
            Number("pause", "Pause", 0.02, 0.0, 10.0, 0.01, unit="s"),
            Switch("stubborn", "Never look up", False),
            TRACE,
        ),
        outputs=(RESULT,),
    )
)
def soften(drawing: Raster, *, steps: int, pause: float, stubborn: bool, trace: str, work: Work) -> Picture:
    """Slow, with progress, a preview and a warning."""
    pixels = drawing.pixels.copy()
    work.warn("This drawing is soft already.")
    for step in range(steps):
        _note(trace, f"step {step}")
        pixels = (pixels // 2 + np.roll(pixels, step + 1, axis=1) // 2).astype(pixels.dtype)
        time.sleep(pause)
        if not stubborn:
            work.progress((step + 1) / steps, f"pass {step + 1}")
            if step % 10 == 0:
                work.preview(Raster(pixels[::4, ::4].copy(), "preview"))
    return Picture(Raster(pixels, drawing.name))


@operation(
    OperationSpec(
        id="rest",
        version=1,
        title="Rest",
        summary="Takes its time without a computer's help, and gives the picture back.",
        inputs=(DRAWING,),
        parameters=(Number("steps", "Steps", 10, 1, 1000, 1, integer=True),),
        outputs=(RESULT,),
    )
)
def rest(drawing: Raster, *, steps: int, work: Work) -> Picture:
    """10 ms a step, on any machine, however busy."""
    for step in range(steps):
        time.sleep(0.01)
        work.progress((step + 1) / steps, "resting")
    return Picture(drawing)


@operation(
    OperationSpec(
        id="fail",
        version=1,
        title="Fail",
        summary="Goes wrong in the way that is asked for.",
        inputs=(OPTIONAL_DRAWING,),
        parameters=(
            Choice(
                "how", "How", "input", tuple(Option(how, how.title()) for how in ("input", "bug", "memory", "exit"))
            ),
        ),
        outputs=(FACTS,),
    )
)
def fail(drawing: Raster | None, *, how: str, work: Work) -> FactsOnly:
    """Never gives anything."""
    if how == "input":
        raise BadInput("There is nothing to see.", where="drawing", hint="Draw something.")
    if how == "memory":
        raise MemoryError
    if how == "exit":
        raise SystemExit(3)
    return FactsOnly(Facts({"ratio": 1 / 0}))


@operation(
    OperationSpec(
        id="crash",
        version=1,
        title="Crash",
        summary="Takes its process down, once or always.",
        inputs=(OPTIONAL_DRAWING,),
        parameters=(Switch("always", "Always", False), TRACE),
        outputs=(FACTS,),
    )
)
def crash(drawing: Raster | None, *, always: bool, trace: str, work: Work) -> FactsOnly:
    """What a fault in a native library does."""
    tries = len(Path(trace).read_text().splitlines()) if Path(trace).exists() else 0
    _note(trace, "try")
    if always or tries == 0:
        os.kill(os.getpid(), signal.SIGSEGV)
    return FactsOnly(Facts({"tries": tries + 1}))


@operation(
    OperationSpec(
        id="hoard",
        version=1,
        title="Hoard",
        summary="Allocates and never gives back.",
        inputs=(OPTIONAL_DRAWING,),
        parameters=(Number("mebibytes", "MiB", 64, 1, 4096, 1, integer=True), TRACE),
        outputs=(FACTS,),
    )
)
def hoard(drawing: Raster | None, *, mebibytes: int, trace: str, work: Work) -> FactsOnly:
    """A leak."""
    _note(trace, "hoard")
    _kept.append(np.ones(mebibytes << 20, np.uint8))
    return FactsOnly(Facts({"pid": os.getpid()}))


@operation(
    OperationSpec(
        id="network",
        version=1,
        title="Network",
        summary="Notes when it had the accelerator.",
        inputs=(OPTIONAL_DRAWING,),
        parameters=(Number("pause", "Pause", 0.1, 0.0, 10.0, 0.01, unit="s"), TRACE),
        outputs=(FACTS,),
        accelerator=True,
    )
)
def network(drawing: Raster | None, *, pause: float, trace: str, work: Work) -> FactsOnly:
    """Stands for what needs the accelerator."""
    _note(trace, "begin")
    time.sleep(pause)
    _note(trace, "end")
    return FactsOnly(Facts({"pid": os.getpid()}))
