"""``shiage watch ID|CHAIN DIR -o DIR``: a hot folder."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from ..errors import BadInput
from ..values import Kind
from ._progress import json_line
from ._signals import stopped_by_signals
from .batch import checked, written_of


@click.command()
@click.argument("operation", metavar="ID|CHAIN")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The results' folder."
)
@click.option("--input", "inputs", multiple=True, metavar="PORT=PATH", help="A file for another port, for all frames.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option(
    "--output", "outputs", multiple=True, metavar="PORT", help="Write this output too, into a folder of its name."
)
@click.option("--layer", default="", metavar="NAME", help="Of layered documents, this layer: NAME or GROUP/NAME.")
@click.option("--settle", type=click.FloatRange(0), default=1.0, help="Seconds for which a file must be still (1).")
@click.option(
    "--poll",
    type=click.FloatRange(0.05),
    is_flag=False,
    flag_value=2.0,
    default=None,
    metavar="SECONDS",
    help="Look every so often (2) and wait for no word from the system: for network drives.",
)
@click.option("--once", is_flag=True, help="End when nothing is left to do.")
@click.option("--workers", type=click.IntRange(1), default=lambda: os.cpu_count() or 1, help="Worker processes.")
@click.option("--engine", default="local", metavar="local|ray[=ADDRESS]", help="Where the frames run (local).")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each file as it is over.")
def watch(
    operation: str,
    folder: Path,
    out: Path,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    outputs: tuple[str, ...],
    layer: str,
    settle: float,
    poll: float | None,
    once: bool,
    workers: int,
    engine: str,
    as_json: bool,
) -> None:
    """Run an operation or a chain on each picture that appears in DIR, as soon as its writer is done.

    A copy of a picture that was done is passed over; one that can't be used is moved to DIR/_rejected, the reason
    beside it. Stopped and started again, it goes on where it was. SIGTERM or Ctrl-C ends it.
    """
    from ..batch import Asked, Runner
    from ..batch.watch import Taken, Watch, check_folders
    from ..jobs.engines import check_engine

    check_engine(engine)
    spec, parameters, fixed = checked(operation, inputs, settings, outputs)
    if spec.inputs[0].kind is not Kind.RASTER:
        raise BadInput(f"{spec.title} takes a whole clip, and a hot folder gives pictures.", hint="Use `shiage batch`.")
    outputs = written_of(spec, outputs)
    check_folders(folder, out, outputs, [one.path for given in fixed.values() for one in given])

    def tell(taken: Taken) -> None:
        if as_json:
            click.echo(json_line(asdict(taken)))
        else:
            said = taken.error or (f"the same as {taken.same_as}" if taken.same_as else "")
            click.echo(f"{taken.file}: {taken.state}" + (f" ({said})" if said else ""))

    given = {name: [source.read() for source in sources] for name, sources in fixed.items()}
    try:
        with (
            stopped_by_signals(),
            Runner(Asked(spec, parameters, given, out, outputs), workers=workers, engine=engine) as runner,
        ):
            Watch(folder, out, runner, settle=settle, poll=poll, layer=layer, tell=tell).run(once=once)
    except (SystemExit, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
