"""The inputs and parameters of one operation."""

from __future__ import annotations

import json
from typing import Any

from ..host.sources import Source
from ..qt import QtWidgets, Signal
from ..texts import tr
from .fields import Field, SwitchField, make_field
from .pad import Pad
from .ports import CLIP, PortRow


class Form(QtWidgets.QWidget):
    """Built anew for each operation."""

    changed = Signal()

    def __init__(self, operation: Any) -> None:
        super().__init__()
        self.operation = operation
        self._rows: dict[str, PortRow] = {}
        self._fields: dict[str, Field] = {}
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        summary = QtWidgets.QLabel(operation.summary)
        summary.setWordWrap(True)
        column.addWidget(summary)
        self._add_ports(column)
        self.pad = self._add_pad(column) if operation.points else None
        for group in dict.fromkeys(parameter.group for parameter in operation.parameters):
            self._add_group(column, group)
        column.addStretch(1)
        if self.pad is not None:
            self.changed.connect(self._show_points)
            self._show_points()

    def _add_ports(self, column: QtWidgets.QVBoxLayout) -> None:
        form = QtWidgets.QFormLayout()
        has_clip = any(port.kind == CLIP for port in self.operation.inputs)
        for number, port in enumerate(self.operation.inputs):
            row = PortRow(port, first=number == 0, timed=has_clip)
            row.changed.connect(self.changed)
            row.setObjectName(f"shiage_port_{port.name}")
            self._rows[port.name] = row
            form.addRow(port.title, row)
        column.addLayout(form)

    def _add_pad(self, column: QtWidgets.QVBoxLayout) -> Pad:
        pad = Pad(list(self.operation.points))
        pad.moved.connect(self._point_moved)
        column.addWidget(pad)
        return pad

    def _point_moved(self, number: int, x: float, y: float) -> None:
        point = self.operation.points[number]
        if point.choice:
            self._fields[point.choice].set_value(point.option)
        self._fields[point.x].set_value(x)
        self._fields[point.y].set_value(y)

    def _show_points(self) -> None:
        for number, point in enumerate(self.operation.points):
            x, y = self._fields[point.x].value(), self._fields[point.y].value()
            if x is not None and y is not None:
                self.pad.show_place(number, x, y)

    def _add_group(self, column: QtWidgets.QVBoxLayout, group: str) -> None:
        box = QtWidgets.QGroupBox(group or tr("Parameters"))
        form = QtWidgets.QFormLayout(box)
        for parameter in self.operation.parameters:
            made = make_field(parameter) if parameter.group == group else None
            if made is None:
                continue
            made.setObjectName(f"shiage_parameter_{parameter.name}")
            made.changed.connect(self.changed)
            self._fields[parameter.name] = made
            if isinstance(made, SwitchField):
                form.addRow(made)
            else:
                label = QtWidgets.QLabel(parameter.title)
                label.setToolTip(parameter.tooltip)
                form.addRow(label, made)
        column.addWidget(box)

    def offer(self, document: Any, jobs: list[Any]) -> None:
        """Show the layers and documents that there are now."""
        for row in self._rows.values():
            row.offer(document, jobs)

    def inputs(self) -> dict[str, list[Source]]:
        """The sources of every port that has any."""
        chosen = {name: row.sources() for name, row in self._rows.items()}
        return {name: sources for name, sources in chosen.items() if sources}

    def lacking(self) -> str | None:
        """The title of the first port that needs something and has nothing."""
        chosen = self.inputs()
        for port in self.operation.inputs:
            if not port.optional and port.name not in chosen:
                return str(port.title)
        return None

    def parameters(self) -> dict[str, Any]:
        """What is sent: every parameter that is not left to the operation."""
        values = {name: field.value() for name, field in self._fields.items()}
        return {name: value for name, value in values.items() if value is not None}

    def reset(self) -> None:
        """All parameters to their defaults."""
        for made in self._fields.values():
            made.reset()

    def to_text(self) -> str:
        """For remembering."""
        return json.dumps(
            {
                "parameters": {name: made.value() for name, made in self._fields.items()},
                "inputs": {name: row.to_text() for name, row in self._rows.items()},
            }
        )

    def from_text(self, text: str) -> None:
        """Take over what :meth:`to_text` remembered; what is not there any more is left out."""
        data = json.loads(text)
        for name, value in data.get("parameters", {}).items():
            if name in self._fields:
                self._fields[name].set_value(value)
        for name, value in data.get("inputs", {}).items():
            if name in self._rows:
                self._rows[name].from_text(value)
