"""A widget for each kind of parameter."""

from __future__ import annotations

import math
from typing import Any

from ..qt import Horizontal, QtCore, QtGui, QtWidgets, Signal
from ..texts import tr

STEPS = 1000  # positions of a slider


class Field(QtWidgets.QWidget):
    """``value`` is what goes to the daemon: a number, text or bool; None = by itself (nothing is sent)."""

    changed = Signal()

    def __init__(self, parameter: Any) -> None:
        super().__init__()
        self.parameter = parameter
        self.setToolTip(parameter.tooltip)
        self._row = QtWidgets.QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._automatic: QtWidgets.QCheckBox | None = None

    def value(self) -> Any:
        """What the user chose."""
        if self._automatic is not None and self._automatic.isChecked():
            return None
        return self.get()

    def set_value(self, value: Any) -> None:
        """Show ``value``; one that does not fit is left out."""
        if self._automatic is not None:
            self._automatic.setChecked(value is None)
        if value is not None:
            try:
                self.set(value)
            except (TypeError, ValueError):
                self.reset()

    def reset(self) -> None:
        """Back to the default."""
        self.set_value(self.default())

    def get(self) -> Any:
        """The widget's value."""
        raise NotImplementedError

    def set(self, value: Any) -> None:
        """Put a value into the widget."""
        raise NotImplementedError

    def default(self) -> Any:
        """What the operation would take."""
        raise NotImplementedError

    def _offer_automatic(self, *widgets: QtWidgets.QWidget) -> None:
        self._automatic = QtWidgets.QCheckBox(tr("auto"))
        self._automatic.setToolTip(tr("Let the operation decide"))
        self._automatic.toggled.connect(lambda on: [widget.setEnabled(not on) for widget in widgets])
        self._automatic.toggled.connect(lambda _: self.changed.emit())
        self._row.addWidget(self._automatic)


class NumberField(Field):
    """A slider over the soft range and a box over the hard one."""

    def __init__(self, parameter: Any) -> None:
        super().__init__(parameter)
        spec = parameter.number
        self._spec = spec
        self._box = QtWidgets.QSpinBox() if spec.integer else QtWidgets.QDoubleSpinBox()
        cast = int if spec.integer else float
        if not spec.integer:
            self._box.setDecimals(max(0, min(6, -math.floor(math.log10(spec.step) + 1e-9))))
        self._box.setRange(cast(spec.minimum), cast(spec.maximum))
        self._box.setSingleStep(cast(spec.step) or 1)
        self._box.setSuffix(f" {spec.unit}" if spec.unit else "")
        self._slider = QtWidgets.QSlider(Horizontal)
        self._slider.setRange(0, STEPS)
        self._row.addWidget(self._slider, 1)
        self._row.addWidget(self._box)
        self._slider.valueChanged.connect(self._slid)
        self._box.valueChanged.connect(self._typed)
        if spec.automatic:
            self._offer_automatic(self._slider, self._box)
        self.reset()

    def get(self) -> float:
        return float(self._box.value())

    def set(self, value: Any) -> None:
        self._box.setValue(int(value) if self._spec.integer else float(value))

    def default(self) -> float | None:
        return None if self._spec.automatic else float(self._spec.default_value)

    def _slid(self, position: int) -> None:
        low, high, step = self._spec.soft_minimum, self._spec.soft_maximum, self._spec.step
        value = low + round((high - low) * position / STEPS / step) * step
        self.set(min(max(value, self._spec.minimum), self._spec.maximum))

    def _typed(self) -> None:
        low, high = self._spec.soft_minimum, self._spec.soft_maximum
        blocker = QtCore.QSignalBlocker(self._slider)
        self._slider.setValue(round((self.get() - low) / ((high - low) or 1) * STEPS))
        blocker.unblock()
        self.changed.emit()


class ChoiceField(Field):
    """A drop-down list."""

    def __init__(self, parameter: Any) -> None:
        super().__init__(parameter)
        self._box = QtWidgets.QComboBox()
        for option in parameter.choice.options:
            self._box.addItem(option.title, option.id)
        self._row.addWidget(self._box, 1)
        self._box.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.reset()

    def get(self) -> str:
        return str(self._box.currentData())

    def set(self, value: Any) -> None:
        place = self._box.findData(value)
        if place < 0:
            raise ValueError(value)
        self._box.setCurrentIndex(place)

    def default(self) -> str:
        return str(self.parameter.choice.default_id)


class SwitchField(Field):
    """A check box."""

    def __init__(self, parameter: Any) -> None:
        super().__init__(parameter)
        self._box = QtWidgets.QCheckBox(parameter.title)
        self._row.addWidget(self._box)
        self._box.toggled.connect(lambda _: self.changed.emit())
        self.reset()

    def get(self) -> bool:
        return bool(self._box.isChecked())

    def set(self, value: Any) -> None:
        self._box.setChecked(bool(value))

    def default(self) -> bool:
        return bool(getattr(self.parameter, "switch").default_value)  # noqa: B009 - a keyword in other languages


class ColourField(Field):
    """A button in the colour, which opens the colour dialog."""

    def __init__(self, parameter: Any) -> None:
        super().__init__(parameter)
        self._colour = "#000000"
        self._button = QtWidgets.QPushButton()
        self._button.clicked.connect(self._choose)
        self._row.addWidget(self._button, 1)
        if parameter.colour.automatic:
            self._offer_automatic(self._button)
        self.reset()

    def get(self) -> str:
        return self._colour

    def set(self, value: Any) -> None:
        colour = QtGui.QColor(str(value)[:7])
        if not colour.isValid():
            raise ValueError(value)
        self._colour = str(value)
        ink = "black" if colour.lightness() > 127 else "white"
        self._button.setText(self._colour)
        self._button.setStyleSheet(f"background-color: {colour.name()}; color: {ink}")
        self.changed.emit()

    def default(self) -> str | None:
        return None if self.parameter.colour.automatic else str(self.parameter.colour.default_value)

    def _choose(self) -> None:
        colour = QtWidgets.QColorDialog.getColor(QtGui.QColor(self._colour[:7]), self, self.parameter.title)
        if colour.isValid():
            self.set(colour.name())


class TextField(Field):
    """A line of text."""

    def __init__(self, parameter: Any) -> None:
        super().__init__(parameter)
        self._box = QtWidgets.QLineEdit()
        self._box.setMaxLength(parameter.text.longest or 1000)
        if parameter.text.pattern:
            expression = QtCore.QRegularExpression(parameter.text.pattern)
            self._box.setValidator(QtGui.QRegularExpressionValidator(expression, self._box))
        self._row.addWidget(self._box, 1)
        self._box.textChanged.connect(lambda _: self.changed.emit())
        self.reset()

    def get(self) -> str:
        return str(self._box.text())

    def set(self, value: Any) -> None:
        self._box.setText(str(value))

    def default(self) -> str:
        return str(self.parameter.text.default_value)


_FIELDS = {
    "number": NumberField,
    "choice": ChoiceField,
    "switch": SwitchField,
    "colour": ColourField,
    "text": TextField,
}


def make_field(parameter: Any) -> Field | None:
    """The widget for ``parameter``; None for a kind that a newer daemon has and this plugin does not know."""
    kind = _FIELDS.get(parameter.WhichOneof("field") or "")
    return kind(parameter) if kind else None
