"""Running a chain: each step on what the steps before gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .. import operations
from ..errors import BadInput, ShiageError
from ..spec import Cardinality, Port, Work
from ..values import Clip, Frame, Kind, Raster, Value
from ._model import CHAIN, SOURCE, Chain, Step

Values = tuple[Value, ...]
Outputs = dict[str, Values]


@dataclass(frozen=True)
class _PerFrame:
    """What a step gave for each frame of a shot."""

    frames: tuple[Values, ...]


_Made = Values | _PerFrame


def run(operation: str, inputs: Mapping[str, Sequence[Value]], parameters: Mapping[str, object], work: Work) -> Outputs:
    """Run an operation, or a chain as one. See :func:`shiage.operations.run`."""
    if operation == CHAIN:
        return run_chain(Chain.from_json(str(parameters.get(CHAIN, ""))), inputs, work)
    return operations.run(operation, inputs, parameters, work)


def run_chain(chain: Chain, inputs: Mapping[str, Sequence[Value]], work: Work) -> Outputs:
    """The chain's outputs by the names that its spec gives them. An error says which step it comes from."""
    made: dict[str, _Made] = {name: tuple(values) for name, values in inputs.items()}
    shot = made[SOURCE][0] if chain.takes_shot else None  # type: ignore[index]  # the source is given whole
    assert shot is None or isinstance(shot, Clip)
    for number, step in enumerate(chain.steps):
        below = _part_of(work, step, number, len(chain.steps))
        given = {port: [made[source] for source in sources] for port, sources in step.feeds.items()}
        try:
            results = _run_step(chain, step, given, shot, below)
        except BadInput as error:
            error.where = f"{step.name}: {error.where}" if error.where else step.name
            raise
        except ShiageError as error:
            error.args = (f"{step.name}: {error.args[0] if error.args else error}",)
            raise
        made |= {f"{step.name}.{port}": values for port, values in results.items()}
    return {name: _given_out(made[reference], shot) for name, reference in chain.output_names().items()}


def _run_step(
    chain: Chain, step: Step, given: Mapping[str, list[_Made]], shot: Clip | None, work: Work
) -> dict[str, _Made]:
    ports = {port.name: port for port in step.found.spec.inputs}
    if shot is None or not chain.is_per_frame(step):
        ready = {name: _whole(ports[name], sources, shot) for name, sources in given.items()}
        return dict(operations.run(step.operation, _there(step, ports, ready), step.parameters, work))
    total = len(shot.frames)
    results: list[Outputs] = []
    for index in range(total):
        ready = {name: _at(ports[name], sources, index) for name, sources in given.items()}
        one = _part_of(work, None, index, total)
        results.append(operations.run(step.operation, _there(step, ports, ready), step.parameters, one))
    return {port.name: _PerFrame(tuple(result[port.name] for result in results)) for port in step.found.spec.outputs}


def _there(step: Step, ports: Mapping[str, Port], ready: Mapping[str, Values]) -> dict[str, Values]:
    """``ready`` without what optional ports did not get; BadInput where a wanted one got nothing."""
    for name, values in ready.items():
        if not values and not ports[name].optional:
            source = ", ".join(step.feeds[name])
            raise BadInput(f"{source} gave nothing for '{name}'.", hint="Feed it from another output.")
    return {name: values for name, values in ready.items() if values}


def _whole(port: Port, sources: list[_Made], shot: Clip | None) -> Values:
    """What sources give a port that takes a whole clip, or that is the same for the whole shot."""
    values: list[Value] = []
    for made in sources:
        if isinstance(made, _PerFrame):
            assert shot is not None
            if port.kind is Kind.CLIP:
                values.append(_as_clip(made, shot))
            else:
                values.extend(value for frame in made.frames for value in frame)
        else:
            values.extend(made)
    return tuple(values)


def _at(port: Port, sources: list[_Made], index: int) -> Values:
    """What sources give a port at one frame of the shot."""
    values: list[Value] = []
    for made in sources:
        for value in made.frames[index] if isinstance(made, _PerFrame) else made:
            values.append(value.frames[index].raster if isinstance(value, Clip) and port.kind is Kind.RASTER else value)
    return tuple(values if port.cardinality is Cardinality.MANY else values[:1])


def _as_clip(made: _PerFrame, shot: Clip) -> Clip:
    frames = []
    for frame, values in zip(shot.frames, made.frames, strict=True):
        picture = values[0] if values else frame.raster
        assert isinstance(picture, Raster)
        named = Raster(picture.pixels, frame.raster.name, picture.blend, picture.opacity, frame.raster.profile)
        frames.append(Frame(frame.time, named, frame.hold, frame.key))
    return Clip(tuple(frames), shot.fps, shot.name)


def _given_out(made: _Made, shot: Clip | None) -> Values:
    if not isinstance(made, _PerFrame):
        return made
    assert shot is not None
    if all(len(values) == 1 and isinstance(values[0], Raster) for values in made.frames):
        return (_as_clip(made, shot),)
    return tuple(value for values in made.frames for value in values)


def _part_of(work: Work, step: Step | None, number: int, total: int) -> Work:
    """A step's own thread to whoever waits for the chain: its progress is a part of the whole."""

    def progress(fraction: float, stage: str) -> None:
        work.progress((number + fraction) / total, f"{step.name}: {stage}" if step else stage)

    return _Below(work, progress)


class _Below(Work):
    def __init__(self, above: Work, progress: Callable[[float, str], None]) -> None:
        super().__init__(on_progress=progress, on_preview=above.preview, on_warning=above.warn)
        self._above = above

    def check(self) -> None:
        """As the chain is cancelled, so is its step."""
        self._above.check()
