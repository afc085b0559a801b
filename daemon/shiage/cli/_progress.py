"""How a running job shows itself: a bar on a terminal, plain lines elsewhere, JSON for pipelines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

_SURE = 10.0  # seconds, before which nobody can tell, and which nobody needs to be told


def json_line(told: object) -> str:
    """``told`` as JSON that is UTF-8, whatever files are called: bytes of a name that are none are escaped."""
    return json.dumps(told, ensure_ascii=False).encode(errors="backslashreplace").decode()


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
    last, begin = "", time.monotonic()

    def show(fraction: float, stage: str) -> None:
        nonlocal last
        if stage != last:
            last = stage
            left = time_left(fraction, time.monotonic() - begin)
            click.echo(f"{title}: {round(fraction * 100)} % {stage}{left and f', {left}'}", err=True)

    return show


def time_left(fraction: float, seconds: float) -> str:
    """How long it takes from here on, if it goes on as in the ``seconds`` until now; empty where that is soon, or
    can't be said yet.
    """
    if not 0 < fraction < 1 or seconds < _SURE:
        return ""
    left = seconds * (1 - fraction) / fraction
    if left < _SURE:
        return ""
    return f"{round(left)} s left" if left < 100 else f"{round(left / 60)} min left"


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0, stage="")
        yield lambda fraction, stage: bar.update(task, completed=fraction, stage=stage)
