"""``shiage train style NAME IMAGE... | list | remove NAME``: styles that `colorize` has learned from pictures."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def train() -> None:
    """Teach `colorize` a style from coloured pages."""


@train.command()
@click.argument("name")
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="IMAGE...")
@click.option(
    "--epochs", type=click.IntRange(1, 2000), default=100, show_default=True, help="How often all is learned."
)
@click.option(
    "--colours",
    type=click.FloatRange(0, 10),
    default=0.02,
    show_default=True,
    help="Weight of the number of colours: more makes it use fewer.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def style(name: str, images: tuple[Path, ...], epochs: int, colours: float, as_json: bool) -> None:
    """Fit the networks to one coloured page, or to a few of one hand: some minutes. Stopped, it goes on when it is
    asked for again. Then: `shiage run colorize LINE --style NAME -o OUT`."""
    from .. import styles
    from ..values.files import read_picture
    from ._progress import progress

    pictures = [read_picture(path) for path in images]
    with progress(f"style {name}", quiet=as_json) as show:
        made = styles.train(name, pictures, epochs=epochs, colours=colours, progress=show)
    if as_json:
        click.echo(json.dumps(_row(made), ensure_ascii=False))
    else:
        click.echo(f"{made.name}: learned from {made.pictures} picture{'s' if made.pictures > 1 else ''}.")


@train.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_styles(as_json: bool) -> None:
    """List the styles that were learned."""
    from .. import styles

    found = styles.styles()
    if as_json:
        click.echo(json.dumps({"styles": [_row(one) for one in found]}, ensure_ascii=False, indent=1))
        return
    for one in found:
        click.echo(f"{one.name}  {one.pictures} picture{'s' if one.pictures > 1 else ''}, {one.epochs} epochs")
    if not found:
        click.echo("No style was learned yet: `shiage train style NAME IMAGE`.")


@train.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a style."""
    from .. import styles

    styles.remove(name)
    click.echo(f"{name} is forgotten.")


def _row(made: object) -> dict[str, object]:
    return {key: str(value) if isinstance(value, Path) else value for key, value in vars(made).items()}
