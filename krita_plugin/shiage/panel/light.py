"""The light that says how the daemon is, and the settings behind it."""

from __future__ import annotations

from .. import settings
from ..link import OFF, READY, STARTING, TROUBLE, Status
from ..qt import QtGui, QtWidgets
from ..texts import tr

_COLOURS = {READY: "#4caf50", STARTING: "#e0a030", OFF: "#888888", TROUBLE: "#d9483b"}
_SIDE = 14


class Light(QtWidgets.QToolButton):
    """A coloured dot; its tooltip is the daemon's sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.setAutoRaise(True)
        self.setObjectName("shiage_light")
        self.state = ""

    def show_status(self, status: Status) -> None:
        """Take the colour of ``status``."""
        self.state = status.state
        picture = QtGui.QPixmap(_SIDE, _SIDE)
        picture.fill(QtGui.QColor(0, 0, 0, 0))
        painter = QtGui.QPainter(picture)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setBrush(QtGui.QColor(_COLOURS[status.state]))
        painter.setPen(QtGui.QColor(0, 0, 0, 90))
        painter.drawEllipse(1, 1, _SIDE - 3, _SIDE - 3)
        painter.end()
        self.setIcon(QtGui.QIcon(picture))
        self.setToolTip(status.sentence)


class SettingsDialog(QtWidgets.QDialog):
    """Where the ``shiage`` command is, and whether the plugin may start it."""

    def __init__(self, parent: QtWidgets.QWidget, status: Status) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Shiage daemon"))
        self._path = QtWidgets.QLineEdit(settings.read("command"))
        self._path.setPlaceholderText(" ".join(settings.installed().get("command") or ["shiage"]))
        browse = QtWidgets.QPushButton(tr("Browse …"))
        browse.clicked.connect(self._browse)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._path, 1)
        row.addWidget(browse)
        self._start = QtWidgets.QCheckBox(tr("Start the daemon when none runs"))
        self._start.setChecked(settings.may_start())
        sentence = QtWidgets.QLabel(status.sentence)
        sentence.setWordWrap(True)
        form = QtWidgets.QFormLayout()
        form.addRow(tr("Command:"), row)
        form.addRow("", self._start)
        buttons = QtWidgets.QDialogButtonBox(
            QtWidgets.QDialogButtonBox.StandardButton.Ok | QtWidgets.QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QtWidgets.QVBoxLayout(self)
        column.addWidget(sentence)
        column.addLayout(form)
        column.addWidget(buttons)

    def save(self) -> None:
        """Keep what was entered."""
        settings.write("command", self._path.text().strip())
        settings.write("start", "true" if self._start.isChecked() else "false")

    def _browse(self) -> None:
        path, _ = QtWidgets.QFileDialog.getOpenFileName(self, tr("The shiage command"))
        if path:
            self._path.setText(path)
