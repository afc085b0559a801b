"""The frozen description of an operation: ports, parameters, outputs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ..errors import BadInput
from ..values import Colour, Kind

ParameterValue: TypeAlias = float | int | str | bool | Colour | None

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_RESERVED = {"work", "help", "files", "out", "flatten", "json", "as_json", "batch", "daemon"}  # the command line's own


class Cardinality(StrEnum):
    """How many values a port takes or gives."""

    ONE = "one"
    MANY = "many"


@dataclass(frozen=True)
class Port:
    """A named place where values go in or come out.

    ``name`` is a Python name and the stable key on the wire; the command line writes its dashes for underscores.
    An input of cardinality MANY takes at least one value unless it is ``optional``; an output of cardinality MANY gives
    any number. An ``optional`` output may be absent. A ``hidden`` output shows what other outputs show already, or is
    to be looked at by itself: hosts that lay outputs on the drawing as layers bring it hidden.
    """

    name: str
    kind: Kind
    title: str
    tooltip: str = ""
    cardinality: Cardinality = Cardinality.ONE
    optional: bool = False
    hidden: bool = False

    def __post_init__(self) -> None:
        _require(_NAME.fullmatch(self.name), f"port name '{self.name}' is not lower_snake_case")
        _require(self.title, f"port '{self.name}' has no title")


@dataclass(frozen=True)
class Number:
    """A number. ``default`` None means "automatic": the function gets None and decides by itself.

    ``minimum`` and ``maximum`` are hard; ``soft_minimum`` and ``soft_maximum`` bound a slider.
    ``integer`` makes it whole.
    """

    name: str
    title: str
    default: float | None
    minimum: float
    maximum: float
    step: float
    soft_minimum: float | None = None
    soft_maximum: float | None = None
    unit: str = ""
    integer: bool = False
    group: str = ""
    tooltip: str = ""

    def __post_init__(self) -> None:
        _check_parameter(self.name, self.title)
        _require(self.minimum < self.maximum and self.step > 0, f"number '{self.name}' has an empty range or step")
        for bound in (self.default, self.soft_minimum, self.soft_maximum):
            _require(
                bound is None or self.minimum <= bound <= self.maximum,
                f"number '{self.name}': {bound} is out of its range",
            )
        _require(
            not self.integer or self.default is None or self.default == int(self.default), f"'{self.name}' is whole"
        )

    @property
    def automatic(self) -> bool:
        """Whether "automatic" is allowed."""
        return self.default is None

    def check(self, value: object) -> float | int | None:
        """``value`` in this parameter's type; BadInput where it is wrong."""
        if value is None and self.automatic:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadInput(f"needs a number{self._range()}, not {value!r}.")
        if not math.isfinite(value) or not self.minimum <= value <= self.maximum:
            raise BadInput(f"needs a number{self._range()}, not {value:g}.")
        if self.integer and value != int(value):
            raise BadInput(f"needs a whole number{self._range()}, not {value:g}.")
        return int(value) if self.integer else float(value)

    def _range(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f" from {self.minimum:g} to {self.maximum:g}{unit}"


@dataclass(frozen=True)
class Option:
    """One of the options of a :class:`Choice`."""

    id: str
    title: str


@dataclass(frozen=True)
class Choice:
    """One of a fixed list of options."""

    name: str
    title: str
    default: str
    options: tuple[Option, ...]
    group: str = ""
    tooltip: str = ""

    def __post_init__(self) -> None:
        _check_parameter(self.name, self.title)
        ids = [option.id for option in self.options]
        _require(len(set(ids)) == len(ids) and self.default in ids, f"choice '{self.name}': options and default differ")

    def check(self, value: object) -> str:
        """``value`` if it is one of the options; BadInput where it is not."""
        if not isinstance(value, str) or value not in {option.id for option in self.options}:
            raise BadInput(f"needs one of {', '.join(option.id for option in self.options)}, not {value!r}.")
        return value


@dataclass(frozen=True)
class Switch:
    """On or off."""

    name: str
    title: str
    default: bool
    group: str = ""
    tooltip: str = ""

    def __post_init__(self) -> None:
        _check_parameter(self.name, self.title)

    def check(self, value: object) -> bool:
        """``value`` if it is a bool; BadInput where it is not."""
        if not isinstance(value, bool):
            raise BadInput(f"needs true or false, not {value!r}.")
        return value


@dataclass(frozen=True)
class ColourParameter:
    """A colour. ``default`` None means "automatic"."""

    name: str
    title: str
    default: Colour | None
    group: str = ""
    tooltip: str = ""

    def __post_init__(self) -> None:
        _check_parameter(self.name, self.title)

    def check(self, value: object) -> Colour | None:
        """``value`` as a colour, from a Colour or ``#rrggbb``; BadInput where it is neither."""
        if value is None and self.default is None:
            return None
        if isinstance(value, Colour):
            return value
        if isinstance(value, str):
            return Colour.parse(value)
        raise BadInput(f"needs a colour such as #ffcc99, not {value!r}.")


class TextForm(StrEnum):
    """What a text says, for hosts that can help the artist to write it; others show a line of text."""

    LINE = ""
    SPACING = "spacing"
    """Shares 0..1 that rise, such as ``0.1, 0.25, 0.5``: the ticks of a timing chart, one for each drawing."""
    STROKE_PAIRS = "stroke-pairs"
    """Strokes of the first input and of the second that belong together, as ``3=5``, or a point of each, as
    ``3:12=5:40``; separated by commas, counted from 0."""


@dataclass(frozen=True)
class Text:
    """A line of text of at most ``longest`` characters; ``pattern`` (a regular expression for all of it) bounds it."""

    name: str
    title: str
    default: str
    longest: int = 1000
    pattern: str = ""
    form: TextForm = TextForm.LINE
    group: str = ""
    tooltip: str = ""

    def __post_init__(self) -> None:
        _check_parameter(self.name, self.title)

    def check(self, value: object) -> str:
        """``value`` if it is text within the bounds; BadInput where it is not."""
        if not isinstance(value, str):
            raise BadInput(f"needs text, not {value!r}.")
        if len(value) > self.longest or "\0" in value:
            raise BadInput(f"needs text of at most {self.longest} characters.")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise BadInput(f"needs text of the form {self.pattern}, not {value!r}.")
        return value


Parameter: TypeAlias = Number | Choice | Switch | ColourParameter | Text


@dataclass(frozen=True)
class CanvasPoint:
    """Two number parameters that are a point on the canvas, which hosts let the artist drag.

    ``x`` and ``y`` name them; -1 is the left or top edge, 1 the right or bottom one. ``frees``: a choice and its option
    without which something else would stand in for the point (a preset); moving the point chooses it.
    """

    title: str
    x: str
    y: str
    frees: tuple[str, str] | None = None


LAYERED = "layered"
"""The switch of operations that take a drawing layer by layer."""
UPPER = "upper"
"""Their port that takes its further layers, the lowest first."""


def layer_ports(outputs: Sequence[Port]) -> list[Port]:
    """The outputs that an artist gets as layers to work on; where there are none, the finished picture."""
    rasters = [port for port in outputs if port.kind is Kind.RASTER and port.cardinality is Cardinality.ONE]
    return [port for port in rasters if not port.hidden] or rasters[:1]


@dataclass(frozen=True)
class OperationSpec:
    """Everything that hosts, the command line and the docs need to know of an operation.

    ``id`` is stable for ever; ``version`` rises when the same request may give another result. The first of ``outputs``
    is the primary one. ``accelerator``: whether it runs a network, so that one such job runs at a time. ``remembers``:
    whether its answer also depends on what this machine keeps (known characters), so that it is never answered from
    an earlier one; a text parameter's name where it does so only if that is not empty. ``points``: parameters that are
    points on the canvas; the primary output then shows what moving one does.
    """

    id: str
    version: int
    title: str
    summary: str
    inputs: tuple[Port, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[Port, ...]
    accelerator: bool = False
    remembers: bool | str = False
    points: tuple[CanvasPoint, ...] = ()

    def __post_init__(self) -> None:
        _require(_ID.fullmatch(self.id), f"operation id '{self.id}' is not lower-kebab-case")
        _require(
            self.version >= 1 and self.title and self.summary, f"operation '{self.id}' lacks version, title or summary"
        )
        _require(self.inputs and self.outputs, f"operation '{self.id}' needs inputs and outputs")
        names = [item.name for item in (*self.inputs, *self.parameters)]
        _require(
            len(set(names)) == len(names), f"operation '{self.id}': a name stands twice among inputs and parameters"
        )
        _require(not _RESERVED & set(names), f"operation '{self.id}' uses a reserved name: {_RESERVED & set(names)}")
        gives = [port.name for port in self.outputs]
        _require(len(set(gives)) == len(gives), f"operation '{self.id}': two outputs have one name")
        kinds = {parameter.name: parameter for parameter in self.parameters}
        for point in self.points:
            numbers = [kinds.get(point.x), kinds.get(point.y)]
            _require(all(isinstance(n, Number) for n in numbers), f"'{point.title}' is no point of two numbers")
            chosen = kinds.get(point.frees[0]) if point.frees else None
            _require(
                point.frees is None
                or (isinstance(chosen, Choice) and point.frees[1] in {option.id for option in chosen.options}),
                f"'{point.title}' frees a choice that is not there",
            )
        _require(
            isinstance(self.remembers, bool) or self.remembers in [p.name for p in self.parameters],
            f"operation '{self.id}' has no parameter '{self.remembers}' to remember by",
        )

    def remembers_for(self, parameters: Mapping[str, object]) -> bool:
        """Whether the answer to these checked parameters depends on what this machine keeps."""
        return self.remembers if isinstance(self.remembers, bool) else bool(parameters[self.remembers])


def _check_parameter(name: str, title: str) -> None:
    _require(_NAME.fullmatch(name), f"parameter name '{name}' is not lower_snake_case")
    _require(title, f"parameter '{name}' has no title")


def _require(condition: object, sentence: str) -> None:
    if not condition:
        raise TypeError(sentence)
