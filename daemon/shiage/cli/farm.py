"""``shiage farm ID SOURCE -o DEST``: a batch as a job for a render farm."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..errors import BadInput
from ..values import Kind
from .batch import checked, tell_left_out, written_of


@click.command()
@click.argument("operation", metavar="ID|CHAIN")
@click.argument("source")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The results' folder."
)
@click.option("--input", "inputs", multiple=True, metavar="PORT=PATH", help="A file for another port, for all frames.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option("--output", "outputs", multiple=True, metavar="PORT", help="Write this output too.")
@click.option("--layer", default="", metavar="NAME", help="Of layered documents, this layer: NAME or GROUP/NAME.")
@click.option(
    "--format", "kind", type=click.Choice(["openjd"]), default="openjd", help="Open Job Description (openjd)."
)
@click.option("--chunk", type=click.IntRange(1), default=10, help="Frames of a task (10).")
@click.option(
    "--template",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Where the template goes: a .yaml or .json, or - (DEST/ID.openjd.yaml).",
)
def farm(
    operation: str,
    source: str,
    out: Path,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    outputs: tuple[str, ...],
    layer: str,
    kind: str,
    chunk: int,
    template: Path | None,
) -> None:
    """Write a job for a render farm: `shiage batch` in chunks of frames, on whatever machines the farm has.

    All is checked now, so that nothing wrong is sent: the operation, its parameters, the frames. The machines need
    Shiage, and the source and the destination under the same paths; those beside or below the template may be
    translated by the farm.
    """
    from ..batch import Asked, Journal, frames_of
    from ..batch.bundles import is_bundle
    from ..batch.chain import is_chain, load
    from ..batch.claims import check_unclaimed
    from ..batch.farm import VERSION, FarmJob, chunks_of, template_of
    from ..batch.places import check_apart

    spec, parameters, fixed = checked(operation, inputs, settings, outputs)
    steps = load(Path(operation)).chain.steps if is_chain(operation) else ()
    needs = tuple(dict.fromkeys(step.operation for step in steps)) or (operation,)
    if is_bundle(out):
        raise BadInput(
            "is one file, and a farm's tasks write many.",
            where=str(out),
            hint="Name a folder; pack it with `shiage batch`.",
        )
    frames = frames_of(source, layer)
    tell_left_out(source)
    paths = [one.path for given in fixed.values() for one in given]
    written = written_of(spec, outputs)
    check_apart(out, written, frames, paths)
    check_unclaimed(Asked(spec, parameters, {}, out, written), frames, Journal(out, peek=True))
    files = [(port, Path(path)) for port, _, path in (text.partition("=") for text in inputs)]
    whole = spec.inputs[0].kind is Kind.CLIP
    job = FarmJob(operation, needs, source, out, tuple(files), settings, outputs, chunk, whole, layer)
    place = template or out / f"{Path(operation).stem}.openjd.yaml"
    text = _text(template_of(job, frames, place.parent), as_json=place.suffix == ".json")
    if str(place) == "-":
        sys.stdout.write(text)
        return
    from ..values.files import check_ours, write_bytes

    check_ours(place, (".yaml", ".yml", ".json"), VERSION, "a job's template")
    write_bytes(place, text.encode())
    count = 1 if whole else len(chunks_of(frames, chunk))
    click.echo(f"{place}: {len(frames)} frames in {count} tasks. Try it here with `openjd run {place}`.")


def _text(template: dict[str, object], *, as_json: bool) -> str:
    if as_json:
        import json

        return json.dumps(template, indent=1, ensure_ascii=False) + "\n"
    import yaml

    return str(yaml.safe_dump(template, sort_keys=False, allow_unicode=True, width=120))
