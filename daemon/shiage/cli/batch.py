"""``shiage batch ID SOURCE -o DEST``: an operation over the frames of a shot."""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..chains import CHAIN
from ..errors import BadInput, BadParameters, Problem
from ..spec import ColourParameter, Number, OperationSpec, Parameter, Switch, check_parameters
from ..values import Kind
from ._progress import json_line, progress
from ._signals import stopped_by_signals
from .sources import Source

if TYPE_CHECKING:
    from ..batch import Event
    from ..batch.order import Order


_DRAWN = "A chain, drawn by Shiage"


@click.command()
@click.argument("operation", metavar="ID|CHAIN")
@click.argument("source", required=False, default="")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="A folder, a .zip, or a video (.mkv, .mov, .mp4).")
@click.option("--input", "inputs", multiple=True, metavar="PORT=PATH", help="A file for another port, for all frames.")
@click.option(
    "--reference", "references", multiple=True, metavar="PATH", help="A coloured key frame: --input reference=PATH."
)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option(
    "--output", "outputs", multiple=True, metavar="PORT", help="Write this output too, into a folder of its name."
)
@click.option("--frames", "ranges", metavar="RANGES", help="Only these frames, by number: 1001-1240x2,1300.")
@click.option("--layer", default="", metavar="NAME", help="Of layered documents, this layer: NAME or GROUP/NAME.")
@click.option("--fps", default=None, metavar="RATE", help="Frames a second of pictures (24); a video has its own.")
@click.option("--without-sound", is_flag=True, help="Leave a video's sound away.")
@click.option(
    "--sheet", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html", help="Draw a contact sheet."
)
@click.option("--dry-run", is_flag=True, help="Check everything, say what would be done, and write nothing.")
@click.option(
    "--graph",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Draw the chain: FILE.svg, FILE.dot, or - for this terminal.",
)
@click.option("--workers", type=click.IntRange(1), default=lambda: os.cpu_count() or 1, help="Worker processes.")
@click.option("--engine", default="local", metavar="local|ray[=ADDRESS]", help="Where the frames run (local).")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each frame as it ends.")
def batch(
    operation: str,
    source: str,
    out: Path | None,
    inputs: tuple[str, ...],
    references: tuple[str, ...],
    settings: tuple[str, ...],
    outputs: tuple[str, ...],
    ranges: str | None,
    layer: str,
    fps: str | None,
    without_sound: bool,
    sheet: Path | None,
    dry_run: bool,
    graph: Path | None,
    workers: int,
    engine: str,
    as_json: bool,
) -> None:
    """Run an operation on each frame of SOURCE: a folder, a .zip, a video, a layered document, a glob, or
    'sh010.####.png 1001-1240x2'.

    Started again, it goes on where it was: a frame that is done is not done twice. Exit code 1 where a frame failed.
    """
    from ..jobs.engines import check_engine

    check_engine(engine)
    inputs += tuple(f"reference={path}" for path in references)
    spec, parameters, fixed = checked(operation, inputs, settings, outputs)
    if graph is not None:
        draw(operation, graph)
        if not source:
            return
    order = _order(
        spec, parameters, fixed, source, out, written_of(spec, outputs), ranges, layer, fps, not without_sound
    )
    tell_left_out(source)
    if sheet is not None:
        from ..batch.sheet import check_sheet

        check_sheet(sheet)
    if dry_run:
        _tell_plan(operation, order, as_json=as_json)
        return
    with stopped_by_signals(), progress(spec.title, quiet=as_json) as show:

        def tell(event: Event) -> None:
            if as_json:
                click.echo(json_line(asdict(event)))
            else:
                show(event.done / event.total, event.frame)
                for sentence in filter(None, (event.error, *event.warnings)):
                    # What holds for a whole shot is said once.
                    said[sentence] += 1
                    if said[sentence] == 1:
                        click.echo(f"{event.frame}: {sentence}", err=True)

        said: Counter[str] = Counter()
        remarks: list[str] = []
        events = order.carry_out(workers=workers, engine=engine, sheet=sheet, tell=tell, show=show, note=remarks.append)
    count = {state: sum(event.state == state for event in events) for state in ("done", "skipped", "failed")}
    if not as_json:
        click.echo(f"{count['done']} done, {count['skipped']} done before, {count['failed']} failed.")
    for sentence, times in said.items():
        if times > 1:
            click.echo(f"The same for {times - 1} more: {sentence}", err=True)
    for remark in filter(None, remarks):
        click.echo(remark, err=as_json)
    if count["failed"]:
        sys.exit(1)


def tell_left_out(source: str) -> None:
    """Say which pictures of a shot are of kinds that Shiage doesn't read."""
    from ..batch import left_out
    from ..batch.ranges import some_of

    if names := left_out(source):
        click.echo(f"Left out, since Shiage doesn't read their kind: {some_of(names)}. Save them as .png.", err=True)


def _order(
    spec: OperationSpec,
    parameters: dict[str, object],
    fixed: dict[str, list[Source]],
    source: str,
    out: Path | None,
    outputs: tuple[str, ...],
    ranges: str | None,
    layer: str,
    fps: str | None,
    sound: bool,
) -> Order:
    """What is asked for, with its frames; BadInput or BadParameters where it can't be done."""
    from ..batch import FrameSource, frames_of
    from ..batch.asked import Beside, goes_beside
    from ..batch.order import Order
    from ..batch.ranges import chosen, part_of

    if not source or out is None:
        lacks = "SOURCE" if not source else "-o DEST"
        raise BadParameters((Problem(lacks, "is missing: `shiage batch ID SOURCE -o DEST`."),))

    def chosen_of(path: str, layer: str = "") -> tuple[FrameSource, ...]:
        found = frames_of(path, layer)
        return tuple(found if ranges is None else chosen(found, ranges))

    beside = {
        name: tuple(Beside(one.path.stem, chosen_of(str(one.path))) for one in given)
        for name, given in fixed.items()
        if goes_beside(spec, name)
    }
    files = {name: tuple(one.path for one in given) for name, given in fixed.items()}
    values = {name: [one.read() for one in given] for name, given in fixed.items() if name not in beside}
    # What goes along comes back.
    outputs += tuple(port.name for port in spec.outputs if port.name in beside and port.name not in outputs)
    return Order(
        spec,
        parameters,
        values,
        files,
        chosen_of(source, layer),
        out,
        outputs,
        fps=_rate(fps),
        sound=sound,
        part="" if ranges is None else part_of(ranges),
        beside=beside,
    )


def _rate(text: str | None) -> Fraction | None:
    if text is None:
        return None
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not Fraction(1, 100) <= rate <= 1000:
        raise BadParameters((Problem("--fps", f"'{text}' is no rate; write 24, 23.976 or 24000/1001."),))
    return rate.limit_denominator(1_001_000)


def draw(operation: str, place: Path) -> None:
    """Draw a chain to a file, or to standard output; BadInput where it is no chain."""
    from ..batch import graph
    from ..batch.chain import is_chain, load
    from ..values.files import check_ours, write_bytes

    if not is_chain(operation):
        raise BadInput("is no chain, and there is nothing to draw.", where=operation, hint="Give a .yaml of steps.")
    loaded = load(Path(operation))
    files = {name: [path.name for path in paths] for name, paths in loaded.files.items()}
    if str(place) == "-":
        click.echo(graph.as_text(loaded.chain, files), nl=False)
        return
    drawers = {
        ".svg": (graph.as_svg, f"<!-- {_DRAWN} -->"),
        ".dot": (graph.as_dot, f"// {_DRAWN}"),
        ".txt": (graph.as_text, _DRAWN),
    }
    check_ours(place, tuple(drawers), _DRAWN, "a drawing of a chain")
    drawer, head = drawers[place.suffix.lower()]
    write_bytes(place, f"{head}\n{drawer(loaded.chain, files)}".encode())


def _tell_plan(operation: str, order: Order, *, as_json: bool) -> None:
    """What would be done; exit code 1 where a frame would fail."""
    from ..batch.chain import is_chain

    left = order.what_is_left()
    if as_json:
        click.echo(json_line(left.as_json()))
    else:
        if is_chain(operation):
            draw(operation, Path("-"))
        click.echo(left.as_text(), nl=False)
    if left.failed:
        sys.exit(1)


def checked(
    operation: str, inputs: tuple[str, ...], settings: tuple[str, ...], outputs: tuple[str, ...]
) -> tuple[OperationSpec, dict[str, object], dict[str, list[Source]]]:
    """The spec, the parameters, and the sources of the further ports; what is wrong with them as an error of ours."""
    from ..batch.chain import is_chain, load
    from ..operations import get

    if is_chain(operation):
        if inputs or settings or outputs:
            raise BadInput(
                "A chain's files, parameters and outputs stand in its file.",
                where=operation,
                hint="Leave --input, --set and --output away.",
            )
        loaded = load(Path(operation))
        chain = loaded.chain
        files = {
            name: [Source(chain.inputs[name].kind, path) for path in paths] for name, paths in loaded.files.items()
        }
        return chain.spec, {CHAIN: chain.to_json()}, files
    spec = get(operation).spec
    if spec.inputs[0].kind not in (Kind.RASTER, Kind.CLIP):
        raise BadInput(f"{spec.id} takes a {spec.inputs[0].kind}, not frames.", hint=f"Use `shiage run {spec.id}`.")
    parameters = _parameters(spec, settings)
    check_parameters(spec, parameters)
    if unknown := set(outputs) - {port.name for port in spec.outputs}:
        raise BadParameters(tuple(Problem(name, f"{spec.id} has no such output.") for name in sorted(unknown)))
    return spec, parameters, _fixed(spec, inputs)


def written_of(spec: OperationSpec, outputs: tuple[str, ...]) -> tuple[str, ...]:
    """What is written beside the first output: of a chain all that its file names."""
    return tuple(port.name for port in spec.outputs) if spec.id == CHAIN else outputs


def _fixed(spec: OperationSpec, given: tuple[str, ...]) -> dict[str, list[Source]]:
    kinds = {port.name: port.kind for port in spec.inputs[1:]}
    fixed: dict[str, list[Source]] = {}
    for text in given:
        name, _, path = text.partition("=")
        if name not in kinds or not path:
            raise BadParameters((Problem(text, f"wants PORT=PATH; further ports are: {', '.join(kinds) or 'none'}."),))
        fixed.setdefault(name, []).append(Source(kinds[name], Path(path)))
    return fixed


def _parameters(spec: OperationSpec, given: tuple[str, ...]) -> dict[str, object]:
    known = {parameter.name: parameter for parameter in spec.parameters}
    values: dict[str, object] = {}
    for text in given:
        name, equals, value = text.partition("=")
        parameter = known.get(name.replace("-", "_"))
        if parameter is None or not equals:
            raise BadParameters((Problem(text, f"wants NAME=VALUE; there are: {', '.join(known) or 'none'}."),))
        values[parameter.name] = _value(parameter, value)
    return values


def _value(parameter: Parameter, text: str) -> object:
    """The text in the parameter's type; what does not fit is left as it is, for the check to name."""
    if isinstance(parameter, Number):
        try:
            return None if text == "automatic" else float(text)
        except ValueError:
            return text
    if isinstance(parameter, Switch):
        return {"true": True, "on": True, "false": False, "off": False}.get(text.lower(), text)
    return None if isinstance(parameter, ColourParameter) and text == "automatic" else text
