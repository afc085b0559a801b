"""``shiage batch ID SOURCE -o DEST``: an operation over the frames of a shot."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from ..chains import CHAIN
from ..errors import BadInput, BadParameters, Problem
from ..spec import ColourParameter, Number, OperationSpec, Parameter, Switch, check_parameters
from ..values import Kind
from ._progress import progress
from ._signals import stopped_by_signals
from .sources import Source


@click.command()
@click.argument("operation", metavar="ID|CHAIN")
@click.argument("source")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The result's folder."
)
@click.option("--input", "inputs", multiple=True, metavar="PORT=PATH", help="A file for another port, for all frames.")
@click.option(
    "--reference", "references", multiple=True, metavar="PATH", help="A coloured key frame: --input reference=PATH."
)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option(
    "--output", "outputs", multiple=True, metavar="PORT", help="Write this output too, into a folder of its name."
)
@click.option("--frames", "ranges", metavar="RANGES", help="Only these frames, by number: 1001-1240x2,1300.")
@click.option("--workers", type=click.IntRange(1), default=lambda: os.cpu_count() or 1, help="Worker processes.")
@click.option("--engine", default="local", metavar="local|ray[=ADDRESS]", help="Where the frames run (local).")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each frame as it ends.")
def batch(
    operation: str,
    source: str,
    out: Path,
    inputs: tuple[str, ...],
    references: tuple[str, ...],
    settings: tuple[str, ...],
    outputs: tuple[str, ...],
    ranges: str | None,
    workers: int,
    engine: str,
    as_json: bool,
) -> None:
    """Run an operation on each frame of SOURCE: a folder, a .zip, a glob, or 'sh010.####.png 1001-1240x2'.

    Started again, it goes on where it was: a frame that is done is not done twice. Exit code 1 where a frame failed.
    """
    from ..batch import Event, frames_of, run_batch
    from ..batch.ranges import chosen
    from ..jobs.engines import check_engine

    check_engine(engine)
    inputs += tuple(f"reference={path}" for path in references)
    spec, parameters, fixed = checked(operation, inputs, settings, outputs)
    frames = frames_of(source)
    if ranges is not None:
        frames = chosen(frames, ranges)
    with stopped_by_signals(), progress(spec.title, quiet=as_json) as show:

        def tell(event: Event) -> None:
            if as_json:
                click.echo(json.dumps(asdict(event), ensure_ascii=False))
            else:
                show(event.done / event.total, event.frame)
                for sentence in filter(None, (event.error, *event.warnings)):
                    click.echo(f"{event.frame}: {sentence}", err=True)

        events = run_batch(
            spec,
            frames,
            {name: [s.read() for s in given] for name, given in fixed.items()},
            parameters,
            out,
            outputs=outputs,
            workers=workers,
            engine=engine,
            part=(ranges or "").replace(" ", ""),
            tell=tell,
        )
    count = {state: sum(event.state == state for event in events) for state in ("done", "skipped", "failed")}
    if not as_json:
        click.echo(f"{count['done']} done, {count['skipped']} done before, {count['failed']} failed.")
    if count["failed"]:
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
