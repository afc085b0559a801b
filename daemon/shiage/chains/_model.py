"""What a chain is: linked steps, and the spec by which the rest of the house knows them as one operation.

A chain whose steps take single pictures takes a frame. Where a step takes a clip (``propagate-colors``), the chain
takes a whole shot, and steps that take a picture are run on each of its frames.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..errors import BadInput
from ..operations import Operation, get
from ..spec import Cardinality, OperationSpec, Port, Text, check_parameters
from ..values import Kind

CHAIN = "chain"
# The frame, or the shot, that the chain is run on.
SOURCE = "source"
_LONGEST = 100_000


@dataclass(frozen=True)
class Step:
    """An operation with its parameters. ``feeds``: for each port that gets anything, where it comes from: ``source``,
    ``STEP.PORT`` of a step before, or the name of one of the chain's own inputs (files that are the same for all)."""

    name: str
    operation: str
    version: int
    parameters: Mapping[str, Any] = field(default_factory=dict)
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def found(self) -> Operation:
        """The operation; NotFound where it is not here in this version."""
        return get(self.operation, self.version)


@dataclass(frozen=True)
class Chain:
    """Linked ``steps``; ``inputs``: its own inputs beside the source, by name; ``outputs``: as ``STEP.PORT``, the
    primary one first."""

    name: str
    steps: tuple[Step, ...]
    inputs: Mapping[str, Port]
    outputs: tuple[str, ...]

    @cached_property
    def takes_shot(self) -> bool:
        """Whether it takes a whole clip, since one of its steps does."""
        return any(
            port.kind is Kind.CLIP for step in self.steps for port in step.found.spec.inputs if port.name in step.feeds
        )

    def port_of(self, reference: str) -> Port:
        """The output that ``STEP.PORT`` names; KeyError where there is none."""
        step_name, _, port_name = reference.partition(".")
        step = {step.name: step for step in self.steps}[step_name]
        return {port.name: port for port in step.found.spec.outputs}[port_name]

    def is_per_frame(self, step: Step) -> bool:
        """Whether the step is run on each frame of a shot by itself."""
        return self.takes_shot and all(
            port.kind is not Kind.CLIP for port in step.found.spec.inputs if port.name in step.feeds
        )

    def output_names(self) -> dict[str, str]:
        """Its outputs by the names that its spec gives them: the port's own where no other has it."""
        ports = [reference.partition(".")[2] for reference in self.outputs]
        return {
            port if ports.count(port) == 1 else re.sub(r"\W", "_", reference): reference
            for port, reference in zip(ports, self.outputs, strict=True)
        }

    @cached_property
    def spec(self) -> OperationSpec:
        """The chain as an operation: its one parameter is itself."""
        kind = Kind.CLIP if self.takes_shot else Kind.RASTER
        return OperationSpec(
            id=CHAIN,
            version=1,
            title=self.name,
            summary=" -> ".join(step.name for step in self.steps),
            inputs=(Port(SOURCE, kind, "Shot" if self.takes_shot else "Frame"), *self.inputs.values()),
            parameters=(Text(CHAIN, "Chain", "", longest=_LONGEST),),
            outputs=tuple(self._output(name, reference) for name, reference in self.output_names().items()),
            accelerator=any(step.found.spec.accelerator for step in self.steps),
            remembers=any(
                step.found.spec.remembers_for(check_parameters(step.found.spec, step.parameters)) for step in self.steps
            ),
        )

    def _output(self, name: str, reference: str) -> Port:
        port = self.port_of(reference)
        step = {step.name: step for step in self.steps}[reference.partition(".")[0]]
        kind, many = port.kind, port.cardinality
        if self.is_per_frame(step):
            kind, many = (Kind.CLIP, Cardinality.ONE) if kind is Kind.RASTER else (kind, Cardinality.MANY)
        return Port(name, kind, port.title, port.tooltip, many, port.optional, port.hidden)

    def to_json(self) -> str:
        """All that a worker needs to run it; the same text for the same chain."""
        return json.dumps(
            {
                "name": self.name,
                "inputs": [[port.name, port.kind, port.cardinality] for port in self.inputs.values()],
                "steps": [
                    [step.name, step.operation, step.version, step.parameters, step.feeds] for step in self.steps
                ],
                "outputs": self.outputs,
            },
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> Chain:
        """What :meth:`to_json` wrote; BadInput where it did not."""
        try:
            data = json.loads(text)
            inputs = [Port(name, Kind(kind), name, "", Cardinality(many)) for name, kind, many in data["inputs"]]
            steps = [
                Step(name, operation, version, parameters, {port: tuple(f) for port, f in feeds.items()})
                for name, operation, version, parameters, feeds in data["steps"]
            ]
            return cls(data["name"], tuple(steps), {port.name: port for port in inputs}, tuple(data["outputs"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"This is not a chain ({error}).", hint="Run it with `shiage batch CHAIN.yaml`.") from error
