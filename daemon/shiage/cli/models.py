"""``shiage models list | pull | verify``: the zoo."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from ..errors import ShiageError


@click.group()
def models() -> None:
    """The networks: what ships, what can be fetched, whether they are intact."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_models(as_json: bool) -> None:
    """List every network, with its size, its licence and whether it is here."""
    from ..nets.zoo import is_here, zoo

    rows: list[dict[str, Any]] = [
        {
            "name": item.name,
            "kind": item.kind,
            "here": is_here(item),
            "size": item.size,
            "licence": item.licence,
            "summary": item.summary,
            "from": item.origin,
            "path": str(item.path()),
        }
        for item in zoo().values()
    ]
    if as_json:
        click.echo(json.dumps({"models": rows}, ensure_ascii=False, indent=1))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        here = "here" if row["here"] else "not fetched"
        size = f"{row['size'] / 1e6:.1f} MB" if row["size"] else ""
        click.echo(
            f"{row['name']:{width}}  {row['kind']:6}  {here:11}  {size:>8}  {row['licence']}\n    {row['summary']}"
        )


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def verify(names: tuple[str, ...], as_json: bool) -> None:
    """Check size and hash of the networks that are here, or of those named. Exit code 7 where one is not intact."""
    from ..nets.zoo import OWN, entry, intact, is_here, zoo

    chosen = [entry(name) for name in names] or [i for i in zoo().values() if i.kind == OWN or is_here(i)]
    rows = []
    for item in chosen:
        try:
            path = intact(item)
            problem = "" if item.sha256 else "its hash is not known"
            rows.append({"name": item.name, "intact": True, "problem": problem, "path": str(path)})
        except ShiageError as error:
            rows.append({"name": item.name, "intact": False, "problem": str(error), "path": str(item.path())})
    if as_json:
        click.echo(json.dumps({"models": rows}, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            word = "intact" if row["intact"] else "not intact"
            click.echo(f"{row['name']}: {word}{'. ' if row['problem'] else ''}{row['problem']}")
    if not all(row["intact"] for row in rows):
        sys.exit(7)


@models.command()
@click.argument("name")
@click.option("--from", "source", default="", metavar="PLACE", help="A file or address to take it from instead.")
@click.option("--sha256", default="", help="The hash to hold it to, where the zoo knows none.")
def pull(name: str, source: str, sha256: str) -> None:
    """Fetch a public network."""
    from ..nets.pull import pull as fetch
    from ..nets.zoo import entry
    from ._progress import progress

    item = entry(name)
    with progress(f"pull {name}") as show:
        path = fetch(item, source=source, sha256=sha256, progress=show)
    click.echo(path)
