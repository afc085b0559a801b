"""Chains as files: read from YAML, linked, checked against the registry before anything runs, and drawn.

::

    name: night
    steps:
      - transfer-palette:                      # an operation, with its parameters and files
          design: [front.png, back.png]        # a port's files, relative to this file
          doubt: 0.5                           # a parameter
      - name: glow                             # or written out
        operation: relight
        inputs: {painting: transfer-palette.picture}
        parameters: {light_x: 0.3}
    outputs: [glow.lit, transfer-palette.flats]   # default: the last step's first

A port's input is ``source`` (the frame), ``STEP.PORT`` of a step before, or files. What is not said is linked: a port
to the latest output before it that has its name and kind; else a step's first port to the latest output of its kind,
and to the source in the first step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from ..chains import SOURCE, Chain, Step
from ..errors import BadInput, BadParameters, NotFound, Problem
from ..operations import Operation, get
from ..spec import Cardinality, OperationSpec, Port, check_parameters
from ..values import Kind, Value
from ..values.files import read_bytes
from ..values.reading import read_values

SUFFIXES = (".yaml", ".yml")
_MOST_BYTES = 1 << 20
_MOST_STEPS = 64


@dataclass(frozen=True)
class LoadedChain:
    """A chain and the files for its own inputs."""

    chain: Chain
    files: Mapping[str, tuple[Path, ...]]

    def fixed(self) -> dict[str, list[Value]]:
        """What its files hold, by the chain's inputs."""
        return {
            name: [value for path in paths for value in read_values(self.chain.inputs[name].kind, path)]
            for name, paths in self.files.items()
        }


def is_chain(name: str) -> bool:
    """Whether this names a chain's file and not an operation."""
    return Path(name).suffix.lower() in SUFFIXES


def load(path: Path) -> LoadedChain:
    """The chain in a file, linked and checked; BadParameters with everything that is wrong with it."""
    data = read_bytes(path)
    if len(data) > _MOST_BYTES:
        raise BadInput("is too long for a chain.", where=str(path), hint="Give a YAML file of steps.")
    try:
        document = yaml.safe_load(data)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadInput(f"This is not YAML ({_in_one_line(error)}).", where=str(path)) from error
    if not isinstance(document, dict) or not isinstance(document.get("steps"), list) or not document["steps"]:
        raise BadInput("has no steps.", where=str(path), hint="Write `steps:` and below it `- flats:`.")
    if len(document["steps"]) > _MOST_STEPS:
        raise BadInput(f"has more than {_MOST_STEPS} steps.", where=str(path))
    return _Linking(path.parent, str(document.get("name") or path.stem)).link(document)


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


class _Linking:
    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._problems: list[Problem] = []
        self._steps: list[Step] = []
        self._specs: dict[str, OperationSpec] = {}
        self._inputs: dict[str, Port] = {}
        self._files: dict[str, tuple[Path, ...]] = {}

    def link(self, document: Mapping[str, Any]) -> LoadedChain:
        for extra in set(document) - {"name", "steps", "outputs"}:
            self._wrong(str(extra), "is not known here; a chain has name, steps and outputs.")
        for number, item in enumerate(document["steps"], 1):
            self._step(number, item)
        outputs = self._outputs(document.get("outputs"))
        if self._problems:
            raise BadParameters(tuple(self._problems))
        chain = Chain(self._name, tuple(self._steps), self._inputs, outputs)
        if chain.takes_shot:
            self._check_shot(chain)
        if self._problems:
            raise BadParameters(tuple(self._problems))
        return LoadedChain(chain, self._files)

    def _wrong(self, name: str, sentence: str) -> None:
        self._problems.append(Problem(name, sentence))

    # Steps

    def _step(self, number: int, item: object) -> None:
        name, operation, inputs, parameters = self._written(number, item)
        if not operation:
            return
        if name in self._specs or name == SOURCE or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
            self._wrong(f"step {number}", f"needs a name of its own, of letters and digits, not '{name}'.")
            return
        try:
            spec = get(operation).spec
        except NotFound as error:
            self._wrong(name, str(error))
            return
        # Files and parameters may stand side by side; ports and parameters never have one name.
        ports = {port.name: port for port in spec.inputs}
        named = {str(key).replace("-", "_"): value for key, value in parameters.items()}
        inputs = {str(key).replace("-", "_"): value for key, value in inputs.items()}
        inputs |= {key: named.pop(key) for key in list(named) if key in ports}
        try:
            check_parameters(spec, named)
        except BadParameters as error:
            for problem in error.problems:
                self._wrong(f"{name}.{problem.name}", problem.sentence)
        feeds: dict[str, tuple[str, ...]] = {}
        for port_name, given in inputs.items():
            if port_name not in ports:
                self._wrong(f"{name}.{port_name}", f"{spec.id} has no such input (it has: {', '.join(ports)}).")
            else:
                feeds[port_name] = self._given(name, ports[port_name], given)
        for index, port in enumerate(spec.inputs):
            if port.name not in feeds:
                found = self._linked(port, first=index == 0)
                if found:
                    feeds[port.name] = (found,)
                elif not port.optional:
                    self._wrong(
                        f"{name}.{port.name}", f"is missing: {port.title} ({port.kind}); name a file or STEP.PORT."
                    )
        self._specs[name] = spec
        self._steps.append(Step(name, spec.id, spec.version, named, feeds))

    def _written(self, number: int, item: object) -> tuple[str, str, dict[Any, Any], dict[Any, Any]]:
        """Name, operation, inputs and parameters of a step in any of its three forms."""
        if isinstance(item, str):
            return item, item, {}, {}
        if isinstance(item, dict) and "operation" in item:
            for extra in set(item) - {"name", "operation", "inputs", "parameters"}:
                self._wrong(
                    f"step {number}", f"'{extra}' is not known here; it has name, operation, inputs, parameters."
                )
            inputs, parameters = item.get("inputs") or {}, item.get("parameters") or {}
            if isinstance(inputs, dict) and isinstance(parameters, dict):
                operation = str(item["operation"])
                return str(item.get("name") or operation), operation, inputs, parameters
        elif isinstance(item, dict) and len(item) == 1:
            ((operation, below),) = item.items()
            if isinstance(below or {}, dict):
                return str(operation), str(operation), {}, dict(below or {})
        self._wrong(f"step {number}", "is written as `- flats` or `- flats: {gap: 8}`.")
        return "", "", {}, {}

    # What feeds a port

    def _given(self, step: str, port: Port, given: object) -> tuple[str, ...]:
        texts = given if isinstance(given, list) else [given]
        if len(texts) > 1 and port.cardinality is Cardinality.ONE:
            self._wrong(f"{step}.{port.name}", f"takes one {port.kind}, not {len(texts)}.")
            return ()
        feeds: list[str] = []
        files: list[Path] = []
        for text in texts:
            reference = str(text)
            before, dot, output = reference.partition(".")
            if reference == SOURCE:
                feeds.append(SOURCE)
                self._check_kind(f"{step}.{port.name}", port, Kind.RASTER, SOURCE)
            elif dot and before in self._specs:
                made = {p.name: p for p in self._specs[before].outputs}.get(output.replace("-", "_"))
                if made is None:
                    names = ", ".join(p.name for p in self._specs[before].outputs)
                    self._wrong(f"{step}.{port.name}", f"{before} has no output '{output}' (it has: {names}).")
                    continue
                self._check_kind(f"{step}.{port.name}", port, made.kind, reference)
                feeds.append(f"{before}.{made.name}")
            else:
                path = self._folder / reference
                if not path.exists():
                    known = ", ".join([SOURCE, *self._specs])
                    self._wrong(f"{step}.{port.name}", f"'{reference}' is neither a file nor an output of: {known}.")
                    continue
                files.append(path)
        if files:
            own = re.sub(r"\W", "_", f"{step}_{port.name}").lower()
            self._inputs[own] = replace(port, name=own, cardinality=Cardinality.MANY)
            self._files[own] = tuple(files)
            feeds.append(own)
        return tuple(feeds)

    def _check_kind(self, where: str, port: Port, kind: Kind, source: str) -> None:
        if not _goes(kind, port.kind):
            self._wrong(where, f"takes a {port.kind}, and {source} is a {kind}.")

    def _linked(self, port: Port, *, first: bool) -> str:
        """Where a port that nobody spoke of gets its input; empty for nowhere."""
        for step in reversed(self._steps):
            for output in self._specs[step.name].outputs:
                if output.name == port.name and output.kind is port.kind:
                    return f"{step.name}.{output.name}"
        if not first:
            return ""
        for step in reversed(self._steps):
            for output in self._specs[step.name].outputs:
                if _goes(output.kind, port.kind):
                    return f"{step.name}.{output.name}"
        return SOURCE if _goes(Kind.RASTER, port.kind) else ""

    # The end

    def _outputs(self, given: object) -> tuple[str, ...]:
        if given is None:
            last = self._steps[-1] if self._steps else None
            return (f"{last.name}.{self._specs[last.name].outputs[0].name}",) if last else ()
        outputs: list[str] = []
        for text in given if isinstance(given, list) else [given]:
            before, _, output = str(text).partition(".")
            spec = self._specs.get(before)
            names = [port.name for port in spec.outputs] if spec else []
            if spec is None or (output or names[0]).replace("-", "_") not in names:
                self._wrong("outputs", f"'{text}' is no output; write STEP.PORT, such as {self._example()}.")
            else:
                outputs.append(f"{before}.{(output or names[0]).replace('-', '_')}")
        if not outputs:
            self._wrong("outputs", "names none.")
        return tuple(dict.fromkeys(outputs))

    def _example(self) -> str:
        return next((f"{name}.{spec.outputs[0].name}" for name, spec in self._specs.items()), "flats.flats")

    def _check_shot(self, chain: Chain) -> None:
        """In a shot, what is made for each frame can be given to all of it only where the port takes many."""
        by_name = {step.name: step for step in chain.steps}
        for step in chain.steps:
            if chain.is_per_frame(step):
                continue
            for port in step.found.spec.inputs:
                for source in step.feeds.get(port.name, ()):
                    maker = by_name.get(source.partition(".")[0])
                    each = source == SOURCE or (maker is not None and chain.is_per_frame(maker))
                    if each and port.kind is not Kind.CLIP and port.cardinality is Cardinality.ONE:
                        self._wrong(f"{step.name}.{port.name}", f"is one for the whole shot, and {source} one a frame.")


def _goes(made: Kind, wanted: Kind) -> bool:
    """Whether an output of one kind can feed a port of another: pictures are frames of clips, and the other way."""
    pictures = (Kind.RASTER, Kind.CLIP)
    return made is wanted or (made in pictures and wanted in pictures)


def parts(loaded: LoadedChain) -> Sequence[tuple[Step, Operation]]:
    """The steps with what they run."""
    return [(step, step.found) for step in loaded.chain.steps]
