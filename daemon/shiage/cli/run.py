"""``shiage run ID INPUT... [--PORT PATH] [--PARAM VALUE] -o OUT``: one command an operation, built from its spec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ..operations import registry
from ..spec import LAYERED, Choice, Number, OperationSpec, Parameter, Port, Switch
from ..values import Kind
from ._execute import Request, execute
from ._outputs import check_out, facts_of, write_outputs
from .ops import range_of
from .sources import layer_by_layer, sources

# Where click keeps the name of a document's layer: `layer` is a parameter of operations that give strokes.
_LAYER = "layer_of_document"


class _Operations(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(registry())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = registry().get(cmd_name)
        return _command(found.spec) if found else None


@click.group(cls=_Operations)
def run() -> None:
    """Run an operation on drawings, in the daemon where one runs, else in this process: the result is the same."""


def _command(spec: OperationSpec) -> click.Command:
    def callback(files: tuple[str, ...], **options: Any) -> None:
        _run(spec, files, options)

    first, *others = spec.inputs
    return click.Command(
        spec.id,
        callback=callback,
        short_help=spec.summary,
        help=f"{spec.summary}\n\nINPUT: {first.title}. {first.tooltip}".rstrip(),
        params=[
            click.Argument(["files"], nargs=-1, metavar="INPUT..."),
            click.Option(["-o", "--out"], type=click.Path(path_type=Path), help=_out_help(spec)),
            *(_port_option(port) for port in (first, *others)),
            *(_parameter_option(parameter) for parameter in spec.parameters),
            click.Option(
                ["--flatten"], is_flag=True, help="Lay pictures on white instead of leaving paper transparent."
            ),
            *_document_options(first),
            click.Option(["--json", "as_json"], is_flag=True, help="Print what was found and written as JSON."),
            click.Option(["--batch"], is_flag=True, help="Let interactive jobs of the daemon go first."),
            click.Option(
                ["--daemon"],
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                show_default=True,
                help="Whether to use a daemon that runs.",
            ),
        ],
    )


def _run(spec: OperationSpec, files: tuple[str, ...], options: dict[str, Any]) -> None:
    out: Path | None = options["out"]
    ports = {port.name: options[port.name] for port in spec.inputs}
    inputs = [Path(file) for given in (files, *ports.values()) for file in given]
    check_out(spec, out, inputs)
    given = {p.name: options[p.name] for p in spec.parameters if options[p.name] is not None}
    found = sources(spec, files, ports, options.get(_LAYER, ""))
    if given.get(LAYERED):
        found = layer_by_layer(spec, found)
    request = Request(spec, found, given, batch=options["batch"])
    notes: list[str] = []
    outputs = execute(request, notes, daemon=options["daemon"], quiet=options["as_json"])
    flatten = options["flatten"]
    written = write_outputs(spec.outputs, outputs, out, flatten=flatten, inputs=inputs) if out else []
    if options["as_json"]:
        report = {**facts_of(outputs), "notes": notes, "files": [str(path) for path in written]}
        click.echo(json.dumps(report, ensure_ascii=False, allow_nan=False))
        return
    for path in written:
        click.echo(path)
    if not written:
        click.echo(json.dumps(facts_of(outputs), ensure_ascii=False, indent=1, allow_nan=False))


def _out_help(spec: OperationSpec) -> str:
    names = ", ".join(port.name for port in spec.outputs)
    first, *others = spec.outputs
    kind = "stroke file" if first.kind is Kind.STROKES else "picture"
    strokes = next((port.name for port in others if port.kind is Kind.STROKES), None)
    beside = f", a .svg or .strokes.json for '{strokes}'" if strokes and kind == "picture" else ""
    return (
        f"A {kind}'s name for '{first.name}'{beside}, or a folder for all of: {names}. An .ora, .kra or .psd "
        "becomes a copy of the one that was given, with the result as layers."
    )


def _port_option(port: Port) -> click.Option:
    remark = "Any number of times. " if port.cardinality == "many" else ""
    return click.Option(
        [f"--{port.name.replace('_', '-')}", port.name],
        multiple=True,
        metavar="PATH",
        help=f"{port.title} ({port.kind}). {remark}{port.tooltip}".strip(),
    )


def _document_options(first: Port) -> list[click.Option]:
    """``--layer`` where the first input is drawn in pixels, which a layered document may hold."""
    if first.kind is Kind.STROKES:
        return []
    text = "Of a layered INPUT, this layer: NAME or GROUP/NAME."
    return [click.Option(["--layer", _LAYER], default="", metavar="NAME", help=text)]


def _parameter_option(parameter: Parameter) -> click.Option:
    flag = f"--{parameter.name.replace('_', '-')}"
    text = f"{parameter.title}: {range_of(parameter)}. {parameter.tooltip}".rstrip()
    if isinstance(parameter, Switch):
        return click.Option([f"{flag}/--no-{flag[2:]}", parameter.name], default=None, help=text)
    if isinstance(parameter, Choice):
        options = click.Choice([option.id for option in parameter.options])
        return click.Option([flag, parameter.name], type=options, default=None, help=text)
    if isinstance(parameter, Number):
        return click.Option([flag, parameter.name], type=float, default=None, help=text)
    return click.Option([flag, parameter.name], default=None, help=text)
