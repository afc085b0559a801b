"""The list of jobs, newest first."""

from __future__ import annotations

from typing import Any

from ..job import CANCELLED, DONE, FAILED, KEPT
from ..qt import QtWidgets, Signal, UserRole
from ..texts import tr

_MARKS = {DONE: "✓", KEPT: "●", FAILED: "✗", CANCELLED: "–"}


class History(QtWidgets.QWidget):
    """``chosen``: "add again" was pressed for a job."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._list = QtWidgets.QListWidget()
        self._list.setObjectName("shiage_history")
        self._list.setMaximumHeight(90)
        self._list.itemSelectionChanged.connect(self._selected)
        self._list.itemDoubleClicked.connect(lambda _: self._press())
        self._button = QtWidgets.QPushButton(tr("Add again"))
        self._button.setObjectName("shiage_add_again")
        self._button.setToolTip(
            tr("Puts this result onto the document in front; into a new one where the size differs")
        )
        self._button.clicked.connect(self._press)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        head = QtWidgets.QHBoxLayout()
        head.addWidget(QtWidgets.QLabel(tr("Jobs")), 1)
        head.addWidget(self._button)
        column.addLayout(head)
        column.addWidget(self._list)
        self._selected()

    def show_jobs(self, jobs: list[Any]) -> None:
        """Show ``jobs``; the chosen one stays chosen."""
        chosen = self._job()
        self._list.blockSignals(True)
        self._list.clear()
        for job in jobs:
            when = job.started.strftime("%H:%M")
            item = QtWidgets.QListWidgetItem(f"{_MARKS.get(job.state, '…')} {when}  {job.title}  {job.target.name}")
            item.setToolTip("\n".join([job.sentence, *job.found_out, *job.warnings]))
            item.setData(UserRole, job)
            self._list.addItem(item)
            if job is chosen:
                self._list.setCurrentItem(item)
        self._list.blockSignals(False)
        self._selected()

    def _job(self) -> Any:
        item = self._list.currentItem()
        return item.data(UserRole) if item is not None else None

    def _selected(self) -> None:
        job = self._job()
        self._button.setEnabled(job is not None and job.can_be_added)

    def _press(self) -> None:
        job = self._job()
        if job is not None and job.can_be_added:
            self.chosen.emit(job)
