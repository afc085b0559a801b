"""How ``inbetween`` takes a clip apart: from one drawing to the next, so that each can be worked out by itself.

A clip is read frame by frame, and a stretch is told as soon as the next drawing is seen: a film of any length is
planned in the memory of a few frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from ..errors import BadInput, BadParameters, Problem
from ..values import Raster

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ..craft.between.exposure import New


_ASKED_AT_ONCE = 120  # new drawings whose times fit into the parameter's 2000 characters, of up to 16 each
_DECIMALS, _MOST_DECIMALS = 3, 6  # of a number between whole frames, and where drawings lie close


@dataclass(frozen=True)
class Seen:
    """A given frame: its ``place`` in the clip, from 0; ``time`` in frames."""

    place: int
    name: str
    time: float
    raster: Raster


@dataclass(frozen=True)
class Shown:
    """A frame of the result, at ``time`` in frames of the result's rate.

    ``place``: the given frame that it is; None: it is new, ``share`` 0..1 of the way, and stands at ``at`` 0..1 of the
    time between the stretch's two drawings.
    """

    name: str
    time: float
    place: int | None = None
    share: float = 0.0
    at: float = 0.0


@dataclass(frozen=True)
class Stretch:
    """A drawing up to the next one. ``start``: the place of its first frame, ``own``: of all that show it; ``then``: of
    the next drawing.

    ``shown``: what the result has of it, in order of time; ``cut``: whether another shot begins behind it.
    ``parameters``: what the operation is to be asked for to draw the new ones alone, given the two drawings. ``rate``:
    frames a second of the result, where that is another than the clip's.
    """

    start: int
    own: tuple[int, ...]
    then: int | None
    shown: tuple[Shown, ...]
    parameters: Mapping[str, object]
    cut: bool = False
    rate: Fraction | None = None

    @property
    def new(self) -> tuple[Shown, ...]:
        """The new ones."""
        return tuple(one for one in self.shown if one.place is None)

    def pieces(self, most: int) -> Iterator[Stretch]:
        """Itself, or where that would be more than ``most`` new drawings at once, or than the operation can be asked
        for at once, some after one another.
        """
        new = self.new
        most = min(most, _ASKED_AT_ONCE)
        if len(new) <= most:
            yield self
            return
        for begin in range(0, len(new), most):
            part = new[begin : begin + most]
            kept = tuple(one for one in self.shown if one.place is not None) if not begin else ()
            yield replace(self, shown=(*kept, *part), parameters={**self.parameters, "times": _times(part)})


def _times(new: Iterable[Shown]) -> str:
    return ",".join(f"{one.share:.9g}" for one in new)


def exact_rate(fps: float) -> Fraction:
    """A rate as it is meant: 23.976 is 24000/1001."""
    whole = round(fps * 1001 / 1000)
    if abs(fps - whole * 1000 / 1001) < 2e-3 and abs(fps - round(fps)) > 2e-3:
        return Fraction(whole * 1000, 1001)
    return Fraction(fps).limit_denominator(1000)


class Stretches:
    """The stretches of a clip at ``fps`` for the checked parameters of ``inbetween``. ``named``: whether new frames
    are named as the clip's own are; else by their times. ``alone``: the result is shown by itself, so that given frames
    belong to it unless the new ones alone are asked for.
    """

    def __init__(
        self, fps: float, parameters: Mapping[str, object], *, named: bool = True, alone: bool = False
    ) -> None:
        one_way(parameters)
        self._asked = parameters
        self._named = named
        wanted = parameters["fps"]
        self.rate = None if wanted is None else exact_rate(float(str(wanted)))
        """The result's, where it is another than the clip's."""
        self._every = None if self.rate is None else fps / float(self.rate)
        give, times = parameters["give"], str(parameters["times"]).strip()
        self._all = give == "all" or (give == "auto" and (alone or not times))
        self._first: Seen | None = None

    def of(self, frames: Iterable[Seen]) -> Iterator[Stretch]:
        """The stretches, each as soon as it is known. BadInput where no drawing would be new."""
        waiting: list[Stretch] = []
        some, cut, number = False, False, 0
        for stretch in self._told(frames):
            number += 1
            some, cut = some or bool(stretch.new), cut or stretch.cut
            waiting.append(stretch)
            if some:
                yield from waiting
                waiting = []
        if number == 1:
            remark = "; equal ones that follow each other count as one." if self._asked["holds"] else "."
            raise BadInput(
                "There is one drawing only.", where="keys", hint=f"Give two key drawings or more{remark}"
            )  # fmt: skip
        if not some and not cut and self._every is None:
            raise BadInput(
                "There is no room for a drawing between these keys.", where="keys",
                hint="Give count, times or fps, or an exposure of fewer frames.",
            )  # fmt: skip
        yield from waiting

    def _told(self, frames: Iterable[Seen]) -> Iterator[Stretch]:
        from ..craft.between.exposure import is_cut, same_drawing

        held: list[tuple[int, str, float]] = []
        before: npt.NDArray[np.uint8] | None = None
        for frame in frames:
            self._first = self._first or frame
            here = frame.raster.to_8bit()
            if before is not None and here.shape != before.shape:
                one, other = f"{here.shape[1]} x {here.shape[0]}", f"{before.shape[1]} x {before.shape[0]}"
                raise BadInput(
                    f"is {one}, the frame before it {other}.", where=frame.name,
                    hint="The frames of a clip have one size.",
                )  # fmt: skip
            if before is not None and not (self._asked["holds"] and same_drawing(before, here)):
                yield self._stretch(held, frame, cut=bool(self._asked["cuts"]) and is_cut(before, here))
                held = []
            if not held:
                before = here
            held.append((frame.place, frame.name, frame.time))
        if held:
            yield self._stretch(held, None, cut=False)

    def _stretch(self, held: list[tuple[int, str, float]], then: Seen | None, *, cut: bool) -> Stretch:
        start = held[0][2]
        new = [] if then is None or cut else self._new(start, then.time)
        end = then.time if then is not None else None
        stays = self._kept(held, new, end) if self._all else []
        # At another rate all get new numbers.
        taken = {one.name for one in stays} | ({then.name} if then is not None else set()) if not self._every else set()
        times = [self._out(one.time) for one in new]
        decimals = _decimals(times)
        made = []
        for one, time in zip(new, times, strict=True):
            at = (one.time - start) / ((end or 0) - start)
            made.append(Shown(self._name(time, taken, decimals), time, share=one.share, at=at))
        shown = tuple(sorted([*stays, *made], key=lambda one: one.time))
        asked = {
            **self._asked, "times": _times(made), "count": None, "fps": None, "spacing": "", "timing": "linear",
            "holds": False, "cuts": False, "give": "new",
        }  # fmt: skip
        own = tuple(place for place, _, _ in held)
        return Stretch(own[0], own, then.place if then else None, shown, asked, cut, self.rate)

    def _new(self, start: float, end: float) -> list[New]:
        from ..craft.between.exposure import new_drawings

        asked = self._asked
        count = asked["count"]
        assert self._first is not None
        return new_drawings(
            [start, end], [True], count=None if count is None else int(str(count)),
            exposure=int(str(asked["exposure"])), timing=str(asked["timing"]), spacing=str(asked["spacing"]),
            at=str(asked["times"]), every=self._every, origin=self._first.time,
        )  # fmt: skip

    def _kept(self, held: list[tuple[int, str, float]], new: list[New], end: float | None) -> list[Shown]:
        """The given frames that stay: of a drawing that is held, those before the first new one."""
        if self._every is None:
            until = new[0].time - 1e-9 if new else float("inf")
            return [Shown(name, time, place) for place, name, time in held if time < until]
        # On the other rate's grid: where it is, else (before a cut, and at the end) the first place that shows it.
        until = new[0].time if new else end if end is not None else held[-1][2] + 1
        assert self._first is not None
        origin, every = self._first.time, self._every
        places = range(ceil((held[0][2] - origin) / every - 1e-6), ceil((until - origin) / every - 1e-6))
        stays: list[Shown] = []
        for k in places:
            shown = origin + k * every
            place = next((one[0] for one in reversed(held) if one[2] <= shown + 1e-6), held[0][0])
            if not stays or stays[-1].place != place:
                number = self._out(shown)
                stays.append(Shown(self._name(number, set()), number, place))
        return stays

    def _out(self, time: float) -> float:
        if self._every is None or self._first is None:
            return time
        number = (time - self._first.time) / self._every
        return round(self._first.time + number, 6)

    def _name(self, time: float, taken: set[str], decimals: int = _DECIMALS) -> str:
        """As the clip's keys are numbered: after ``walk.0012`` comes ``walk.0014``. Between whole frames, and for keys
        that were given one by one, the time.
        """
        assert self._first is not None
        name = self._first.name if self._named else ""
        digits = len(name) - len(name.rstrip("0123456789"))
        stem = name[: len(name) - digits] if digits and int(name[-digits:]) == self._first.time else ""
        digits = digits if stem or digits == len(name) else 1
        number = f"{floor(time):0{digits}d}" if time == int(time) else f"{time:0{digits + 1 + decimals}.{decimals}f}"
        wanted = f"{stem}{number}"
        return wanted if wanted not in taken else f"{wanted}-new"


def _decimals(times: Sequence[float]) -> int:
    """How many a stretch's numbers need, so that no two are the same and none is that of a whole frame."""
    between = [time for time in times if time != floor(time)]
    for decimals in range(_DECIMALS, _MOST_DECIMALS):
        rounded = {round(time, decimals) for time in between}
        if len(rounded) == len(between) and not any(time == floor(time) for time in rounded):
            return decimals
    return _MOST_DECIMALS


def one_way(asked: Mapping[str, object]) -> None:
    """BadParameters where two ways to say how many drawings there are were given."""
    told = {name: str(asked[name]).strip() if asked[name] is not None else "" for name in ("times", "count", "fps")}
    told["spacing"] = str(asked["spacing"]).strip()
    ways = [name for name, value in told.items() if value]
    if len(ways) > 1 and set(ways) != {"count", "spacing"}:
        sentence = f"is given together with {ways[0]}: each says how many drawings there are. Give one of them."
        raise BadParameters(tuple(Problem(name, sentence) for name in ways[1:]))


def facts_of(
    stretches: Sequence[Stretch], names: Sequence[str], times: Sequence[float], end: float, fps: float
) -> dict[str, object]:
    """What the stretches of a clip amount to, whose given frames have these names and times; it ends at ``end``."""
    shown = [(one, stretch) for stretch in stretches for one in stretch.shown]
    # In frames of the result's rate.
    last = shown[-1][0].time + 1 if shown else 0.0
    listed = []
    for (one, stretch), later in zip(shown, [*(after.time for after, _ in shown[1:]), last], strict=True):
        told: dict[str, object] = {"name": one.name, "time": one.time, "hold": round(later - one.time, 6)}
        told["key"] = one.place is not None
        if one.place is None:
            told |= {"share": round(one.share, 6), "after": names[stretch.start]}
        listed.append(told)
    starts = [times[stretch.start] for stretch in stretches]
    held = [
        {"name": names[stretch.start], "frames": round(later - start, 6)}
        for stretch, start, later in zip(stretches, starts, [*starts[1:], end], strict=True)
    ]
    cuts = [names[stretch.then] for stretch in stretches if stretch.cut and stretch.then is not None]
    return {"frames": listed, "cuts": cuts, "drawings": held, "fps": round(fps, 6)}
