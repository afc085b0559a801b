"""The ``shiage`` command: a table of commands, and one place where errors become sentences and exit codes."""

from __future__ import annotations

import importlib
import json
import os
import sys

import click

from .. import __version__
from ..errors import BadParameters, Broken, describe

# name -> (module below this package, its click command, one line for the list)
COMMANDS = {
    "serve": ("daemon", "serve", "Run the daemon in this terminal."),
    "status": ("daemon", "status", "Tell whether a daemon runs, where, and what it does."),
    "stop": ("daemon", "stop", "Stop the daemon; jobs that run go on at its next start."),
    "doctor": ("doctor", "doctor", "Check this installation and say what to mend."),
    "ops": ("ops", "ops", "List the operations, or describe one."),
    "run": ("run", "run", "Run an operation on drawings."),
    "batch": ("batch", "batch", "Run an operation on every frame of a shot."),
    "watch": ("watch", "watch", "Run an operation on every picture that appears in a folder."),
    "farm": ("farm", "farm", "Write a batch as a job for a render farm."),
    "jobs": ("jobs", "jobs", "List the daemon's jobs."),
    "cancel": ("jobs", "cancel", "Cancel a job."),
    "fetch": ("jobs", "fetch", "Write the results of a finished job into a folder."),
    "character": ("character", "character", "Make characters known to `recognize`, list or forget them."),
    "train": ("train", "train", "Teach `colorize` a style from coloured pages."),
    "eval": ("eval", "evaluate", "Measure results against what they should be."),
    "models": ("models", "models", "List, fetch or check the networks."),
    "install": ("hosts", "install", "Install the plugin into Krita or Blender."),
    "package": ("hosts", "package", "Make a plugin's file for the host's own installer."),
}


class _Commands(click.Group):
    """A group that imports a command's module when it is used, so that help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"{__package__}.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="shiage")
def _shiage() -> None:
    """Ink and paint for drawn art: flat colours, parts, palettes, light, line and in-betweens.

    `shiage run ID --help` shows the inputs and parameters of an operation.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0, or the exit code of the error tree in :mod:`shiage.errors`."""
    # Small-tensor work in torch spins on OpenMP's default; this must be set before torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    given = sys.argv[1:] if arguments is None else arguments
    try:
        _shiage.main(args=given, prog_name="shiage", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        _report_as_json(given, {"status": BadParameters.status, "exit_code": 2, "sentence": error.format_message()})
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except Exception as error:
        sys.exit(_report(error, given))
    sys.exit(0)


def _report(error: Exception, given: list[str]) -> int:
    known = describe(error)
    click.echo(f"shiage: {known}", err=True)
    told: dict[str, str | int] = {"status": known.status, "exit_code": known.exit_code, "sentence": known.sentence}
    _report_as_json(given, {**told, "where": known.where, "hint": known.hint})
    if isinstance(known, Broken) and os.environ.get("SHIAGE_TRACE"):
        raise error
    return known.exit_code


def _report_as_json(given: list[str], error: dict[str, str | int]) -> None:
    """An error as an object on a line of its own, for who asked for JSON and reads what is printed."""
    if "--json" in given:
        click.echo(json.dumps({"error": {"where": "", "hint": "", **error}}, ensure_ascii=False))
