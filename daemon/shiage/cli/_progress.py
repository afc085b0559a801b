"""How a running job shows itself: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click


class Progress(Protocol):
    """Shows how far something is."""

    def __call__(self, fraction: float, stage: str) -> None:
        """``fraction`` 0..1 and a word for the stage."""


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Progress]:
    """Show progress on standard error while the block runs."""
    if quiet:
        yield lambda fraction, stage: None
    elif sys.stderr.isatty():
        with _bar(title) as show:
            yield show
    else:
        yield _lines(title)


def _lines(title: str) -> Progress:
    last = ""

    def show(fraction: float, stage: str) -> None:
        nonlocal last
        if stage != last:
            last = stage
            click.echo(f"{title}: {round(fraction * 100)} % {stage}", err=True)

    return show


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0, stage="")
        yield lambda fraction, stage: bar.update(task, completed=fraction, stage=stage)
