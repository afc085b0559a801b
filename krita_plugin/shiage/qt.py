"""Qt under one name: PyQt5 in Krita 5, PyQt6 in Krita 6. Everything else imports Qt from here."""

# ruff: noqa: F401 - this module exists to be imported from
try:
    from PyQt6 import QtCore, QtGui, QtWidgets
    from PyQt6.QtGui import QAction

    QT6 = True
except ImportError:
    from PyQt5 import QtCore, QtGui, QtWidgets
    from PyQt5.QtWidgets import QAction

    QT6 = False

Signal = QtCore.pyqtSignal
Qt = QtCore.Qt
# PyQt6 knows enumerations by their full names alone; PyQt5 knows these full names too.
Horizontal = Qt.Orientation.Horizontal
AlignCenter = Qt.AlignmentFlag.AlignCenter
KeepAspect = Qt.AspectRatioMode.KeepAspectRatio
Smooth = Qt.TransformationMode.SmoothTransformation
UserRole = Qt.ItemDataRole.UserRole
RGBA8888 = QtGui.QImage.Format.Format_RGBA8888
ARGB32 = QtGui.QImage.Format.Format_ARGB32  # blue first in memory
IgnoreAspect = Qt.AspectRatioMode.IgnoreAspectRatio
