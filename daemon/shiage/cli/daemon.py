"""``shiage serve``, ``status`` and ``stop``."""

from __future__ import annotations

import json
import sys
import time

import click

from .remote import daemon, daemon_if_any

_PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@click.command(context_settings=_PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Run the daemon in this terminal."""
    from ..service.serve import main  # its own flags: `shiage serve --help`

    sys.exit(main(arguments))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(as_json: bool) -> None:
    """Tell whether a daemon runs, where, and what it does. Exit code 1 where none runs."""
    with daemon_if_any() as client:
        if client is None:
            click.echo(json.dumps({"running": False}) if as_json else "No daemon runs. Start one with `shiage serve`.")
            sys.exit(1)
        info, lock = client.info(), client.lock
    facts = {
        "running": True,
        "address": lock.address,
        "pid": info.pid,
        "version": info.version,
        "protocol": info.protocol,
        "since": info.started,
        "queued": info.queued,
        "at_work": info.running,
        "spool_bytes": info.spool_bytes,
        "spool_limit": info.spool_limit,
        "accelerator": info.accelerator,
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(info.started))
    click.echo(f"The daemon {info.version} answers at {lock.address} (pid {info.pid}, since {since}).")
    click.echo(
        f"{info.running} at work, {info.queued} waiting; {info.spool_bytes >> 20} of {info.spool_limit >> 20} MiB kept."
    )


@click.command()
@click.option("--now", is_flag=True, help="Don't wait for what runs: it goes back into the queue.")
def stop(now: bool) -> None:
    """Stop the daemon; jobs that run go on at its next start."""
    with daemon() as client:
        client.shutdown(now=now)
    click.echo("The daemon ends once what runs has ended." if not now else "The daemon ends.")
