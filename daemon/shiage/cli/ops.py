"""``shiage ops``: what the registry holds."""

from __future__ import annotations

import json
from typing import Any

import click

from ..spec import Cardinality, Number, OperationSpec, Parameter, Port, Switch, json_schema


@click.command()
@click.argument("operation", required=False, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with the JSON Schema of the parameters.")
def ops(operation: str | None, as_json: bool) -> None:
    """List the operations, or describe one."""
    from ..operations import get, registry

    specs = [get(operation).spec] if operation else [found.spec for found in registry().values()]
    if as_json:
        described = [_as_json(spec) for spec in specs]
        click.echo(json.dumps(described[0] if operation else {"operations": described}, ensure_ascii=False, indent=1))
    elif operation:
        _describe(specs[0])
    else:
        width = max(len(spec.id) for spec in specs)
        for spec in specs:
            click.echo(f"{spec.id:{width}}  {spec.summary}")


def _as_json(spec: OperationSpec) -> dict[str, Any]:
    def ports(items: tuple[Port, ...]) -> list[dict[str, Any]]:
        return [
            {"name": p.name, "kind": p.kind, "title": p.title, "cardinality": p.cardinality, "optional": p.optional}
            for p in items
        ]

    return {
        "id": spec.id,
        "version": spec.version,
        "title": spec.title,
        "summary": spec.summary,
        "inputs": ports(spec.inputs),
        "outputs": ports(spec.outputs),
        "parameters": json_schema(spec),
    }


def _describe(spec: OperationSpec) -> None:
    click.echo(f"{spec.title} ({spec.id}, version {spec.version})\n{spec.summary}")
    for title, ports in (("Inputs", spec.inputs), ("Outputs", spec.outputs)):
        click.echo(f"\n{title}:")
        for port in ports:
            remarks = str(port.kind)
            if port.cardinality is Cardinality.MANY:
                remarks += ", any number"
            if port.optional:
                remarks += ", optional"
            click.echo(f"  {port.name}  {port.title} ({remarks}). {port.tooltip}".rstrip())
    click.echo("\nParameters:")
    for parameter in spec.parameters:
        click.echo(f"  {parameter.name}  {parameter.title} ({range_of(parameter)}). {parameter.tooltip}".rstrip())


def range_of(parameter: Parameter) -> str:
    """What values a parameter takes, and its default, in a few words."""
    default = "automatic" if parameter.default is None else parameter.default
    if isinstance(parameter, Number):
        unit = f" {parameter.unit}" if parameter.unit else ""
        return f"{parameter.minimum:g} to {parameter.maximum:g}{unit}, default {default}"
    if isinstance(parameter, Switch):
        return f"on or off, default {'on' if default else 'off'}"
    options = getattr(parameter, "options", ())
    if options:
        return f"{', '.join(option.id for option in options)}; default {default}"
    return f"default {default}" if default != "" else "text"
