"""The command of each operation, built from its spec: every option means one thing."""

from __future__ import annotations

from collections import Counter

import click
import pytest

from shiage.cli.run import run
from shiage.operations import registry


@pytest.mark.parametrize("operation", list(registry()))
def test_no_option_stands_for_two_things(operation: str) -> None:
    """A parameter of an operation may be called as one of the options that every command has: then click warns, and
    the other's default took its place."""
    command = run.get_command(click.Context(run), operation)
    assert command is not None
    flags = Counter(flag for one in command.params for flag in (*one.opts, *one.secondary_opts))
    kept = Counter(one.name for one in command.params)
    assert [flag for flag, times in flags.items() if times > 1] == []
    assert [name for name, times in kept.items() if times > 1] == []
