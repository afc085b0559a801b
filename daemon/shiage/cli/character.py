"""``shiage character add NAME DESIGN... | tune NAME | list | remove NAME``: whom `recognize` knows."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def character() -> None:
    """The characters that `recognize` knows."""


@character.command()
@click.argument("name")
@click.argument("designs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DESIGN...")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def add(name: str, designs: tuple[Path, ...], as_json: bool) -> None:
    """Make a character known from one to five designs; a turnaround sheet is cut into its views by itself."""
    from .. import characters
    from ..values.files import read_picture
    from ._progress import progress

    with progress(f"character {name}", quiet=as_json) as show:
        profile = characters.add(name, [read_picture(path) for path in designs], progress=show)
    if as_json:
        click.echo(json.dumps({"name": profile.name, "figures": profile.figures}, ensure_ascii=False))
    else:
        click.echo(f"{profile.name}: known from {profile.figures} drawings.")


@character.command()
@click.argument("name")
@click.option("--epochs", type=click.IntRange(1, 200), default=10, show_default=True, help="How often all is learned.")
def tune(name: str, epochs: int) -> None:
    """Teach a network of its own to tell a character from the others that are known: some minutes, for better answers
    where characters look alike."""
    from .. import characters
    from ._progress import progress

    with progress(f"tune {name}") as show:
        characters.tune(name, epochs=epochs, progress=show)
    click.echo(f"{name} has a classifier of its own now.")


@character.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_characters(as_json: bool) -> None:
    """List the known characters."""
    from .. import characters

    found = characters.profiles()
    if as_json:
        rows = [{"name": p.name, "figures": p.figures, "tuned": p.tuned, "folder": str(p.folder)} for p in found]
        click.echo(json.dumps({"characters": rows}, ensure_ascii=False, indent=1))
    for profile in found if not as_json else ():
        click.echo(f"{profile.name}  {profile.figures} drawings{', tuned' if profile.tuned else ''}")


@character.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a character."""
    from .. import characters

    characters.remove(name)
    click.echo(f"{name} is forgotten.")
