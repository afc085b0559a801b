"""A batch as a job for a render farm: an Open Job Description template (OpenJD, ``jobtemplate-2023-09``).

The template only calls ``shiage batch``: once for each chunk of frames, wherever the farm sends it, and at the end once
for the whole shot, which does again what is not as it should be, most often nothing. A chunk notes what it has done in
a journal of its own, so that machines which share nothing but the destination don't write to one file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import BadParameters, Problem
from .ranges import numbered, written
from .sources import FrameSource

VERSION = "jobtemplate-2023-09"
# The standard's limits: values of a task parameter, characters of a job's name.
MOST_CHUNKS = 1024
LONGEST_NAME = 128


@dataclass(frozen=True)
class FarmJob:
    """What is to be done: the batch command's arguments, and how many frames a task takes.

    ``operation``: its id, or a chain's file; ``needs``: the ids that a machine must have. ``inputs``: (port, file) for
    further ports; ``settings``, ``outputs`` and ``layer`` as ``shiage batch`` takes them. ``whole``: it takes the
    shot as one, so that there are no chunks.
    """

    operation: str
    needs: tuple[str, ...]
    source: str
    out: Path
    inputs: tuple[tuple[str, Path], ...] = ()
    settings: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    chunk: int = 10
    whole: bool = False
    layer: str = ""


@dataclass
class _Parameters:
    """The job's parameters: what a farm may ask its user for, and translates from machine to machine."""

    home: Path
    found: list[dict[str, Any]] = field(default_factory=list)

    def text(self, name: str, value: str, description: str) -> str:
        self.found.append({"name": name, "type": "STRING", "default": value, "description": description})
        return f"{{{{Param.{name}}}}}"

    def count(self, name: str, value: int, description: str) -> str:
        self.found.append({"name": name, "type": "INT", "default": value, "minValue": 1, "description": description})
        return f"{{{{Param.{name}}}}}"

    def path(self, name: str, value: Path, description: str, *, folder: bool, flow: str) -> str:
        """A path, which a farm may translate from machine to machine where it lies beside or below the template.

        The standard wants it so; other paths are the same on every machine.
        """
        place = value.absolute()
        if not place.is_relative_to(self.home):
            return self.text(name, str(place), description)
        self.found.append(
            {
                "name": name,
                "type": "PATH",
                "objectType": "DIRECTORY" if folder else "FILE",
                "dataFlow": flow,
                "default": str(place.relative_to(self.home)),
                "description": description,
            }
        )
        return f"{{{{Param.{name}}}}}"


def template_of(job: FarmJob, frames: Sequence[FrameSource], home: Path) -> dict[str, Any]:
    """The template, as plain values for YAML or JSON. ``home``: the folder where it will lie."""
    parameters = _Parameters(home.absolute())
    shiage = parameters.text("Shiage", "shiage", "The command on the farm's machines.")
    workers = parameters.count("Workers", 1, "Worker processes of a task.")
    operation = job.operation
    if operation not in job.needs:
        operation = parameters.path("Chain", Path(operation), "The chain of operations.", folder=False, flow="IN")
    batch = ["batch", operation, _source(job, parameters)]
    batch += ["-o", parameters.path("Out", job.out, "Where the results go.", folder=True, flow="OUT")]
    for number, (port, path) in enumerate(job.inputs, start=1):
        given = parameters.path(f"Input{number}", path, f"For {port}.", folder=path.is_dir(), flow="IN")
        batch += ["--input", f"{port}={given}"]
    for setting in job.settings:
        batch += ["--set", _literal(setting)]
    for output in job.outputs:
        batch += ["--output", output]
    if job.layer:
        batch += ["--layer", _literal(job.layer)]
    batch += ["--workers", workers, "--json"]
    shot = {"name": "Shot", "script": _script(shiage, batch)}
    return {
        "specificationVersion": VERSION,
        "name": f"{Path(job.operation).stem} {job.out.name}"[:LONGEST_NAME],
        "description": f"{len(frames)} frames of {job.source}",
        "parameterDefinitions": parameters.found,
        "jobEnvironments": [_environment(shiage, needed) for needed in job.needs],
        "steps": [shot] if job.whole else _in_chunks(job, frames, shiage, batch, shot),
    }


def _in_chunks(
    job: FarmJob, frames: Sequence[FrameSource], shiage: str, batch: list[str], shot: dict[str, Any]
) -> list[dict[str, Any]]:
    ranges = {"name": "Frames", "type": "STRING", "range": chunks_of(frames, job.chunk)}
    chunks = {
        "name": "Frames",
        "parameterSpace": {"taskParameterDefinitions": [ranges]},
        "script": _script(shiage, [*batch, "--frames", "{{Task.Param.Frames}}"]),
    }
    return [chunks, {**shot, "dependencies": [{"dependsOn": "Frames"}]}]


def chunks_of(frames: Sequence[FrameSource], size: int) -> list[str]:
    """Frame ranges of ``size`` frames each; larger ones where there would be more than the standard allows."""
    numbers = list(numbered(frames))
    size = max(size, -(-len(numbers) // MOST_CHUNKS))
    return [written(numbers[begin : begin + size]) for begin in range(0, len(numbers), size)]


def _source(job: FarmJob, parameters: _Parameters) -> str:
    path = Path(job.source)
    if path.exists():
        return parameters.path("Source", path, "The shot.", folder=path.is_dir(), flow="IN")
    # A pattern: no path that a farm could translate by itself.
    return parameters.text("Source", str(path.absolute()), "The shot.")


def _environment(shiage: str, operation: str) -> dict[str, Any]:
    """Entered once on each machine: it must have Shiage, with this operation."""
    return {
        "name": f"Shiage {operation}",
        "variables": {"OMP_WAIT_POLICY": "PASSIVE"},
        "script": {"actions": {"onEnter": {"command": shiage, "args": ["ops", operation], "timeout": 300}}},
    }


def _script(shiage: str, arguments: list[str]) -> dict[str, Any]:
    """What is finished when the farm stops a task stays; the rest goes on at the next try."""
    cancelation = {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": 30}
    return {"actions": {"onRun": {"command": shiage, "args": arguments, "cancelation": cancelation}}}


def _literal(setting: str) -> str:
    """A setting; BadParameters where the standard would read an expression in it, which it knows no way to prevent."""
    if "{{" in setting:
        raise BadParameters((Problem(setting.partition("=")[0], "can't have {{ in a farm's job."),))
    return setting
