"""``shiage jobs``, ``cancel`` and ``fetch``: what the daemon did and does."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from ..operations import get
from ..v1 import jobs_pb2 as pb
from ._outputs import check_out, facts_of, write_outputs
from .remote import daemon, outputs_of


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many of the newest.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def jobs(limit: int, as_json: bool) -> None:
    """List the daemon's jobs, newest first."""
    with daemon() as client:
        found = client.jobs(limit=limit)
    if as_json:
        click.echo(json.dumps({"jobs": [_as_json(job) for job in found]}, ensure_ascii=False))
        return
    for job in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created))
        detail = job.failure.sentence if job.state == pb.STATE_FAILED else job.title
        click.echo(f"{job.id}  {when}  {_state(job):9}  {round(job.progress * 100):3d} %  {job.operation:18}  {detail}")


@click.command()
@click.argument("job")
def cancel(job: str) -> None:
    """Cancel a job that waits or runs."""
    with daemon() as client:
        click.echo(f"{job}: {_state(client.cancel(job))}")


@click.command()
@click.argument("job")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="A folder, or a picture's name.")
@click.option("--flatten", is_flag=True, help="Lay pictures on white instead of leaving paper transparent.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found and written as JSON.")
def fetch(job: str, out: Path, flatten: bool, as_json: bool) -> None:
    """Write the results of a finished job into a folder, or its picture to a file; nothing there is replaced."""
    with daemon() as client:
        finished = client.job(job)
        check_out(get(finished.operation).spec, out)
        outputs = outputs_of(client, finished)
    written = write_outputs(get(finished.operation).spec.outputs, outputs, out, flatten=flatten, replace=False)
    if as_json:
        click.echo(json.dumps({**facts_of(outputs), "files": [str(path) for path in written]}, ensure_ascii=False))
    else:
        click.echo("\n".join(str(path) for path in written))


def _state(job: pb.Job) -> str:
    return pb.State.Name(job.state).removeprefix("STATE_").lower()


def _as_json(job: pb.Job) -> dict[str, Any]:
    fields = ("id", "operation", "version", "progress", "stage", "created", "started", "ended", "client", "title")
    plain = {name: getattr(job, name) for name in fields}
    failure = {"failure": job.failure.sentence} if job.state == pb.STATE_FAILED else {}
    return {**plain, "state": _state(job), "warnings": list(job.warnings), "from_store": job.from_store, **failure}
