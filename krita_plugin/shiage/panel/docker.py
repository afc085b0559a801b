"""The docker."""

from __future__ import annotations

import json
from typing import Any

from krita import DockWidget, Krita

from .. import settings
from ..glimpse import Glimpse
from ..host import documents
from ..job import ABOVE, BELOW, BESIDE, FAILED, KEPT, Job, Wish
from ..link import READY, Status
from ..pixels import thumbnail
from ..qt import RGBA8888, AlignCenter, QtCore, QtGui, QtWidgets
from ..studio import studio
from ..texts import tr
from .form import Form
from .history import History
from .light import Light, SettingsDialog
from .ports import can_feed

TITLE = "Shiage"
PREVIEW = 200  # pixels
LOOK = 700  # milliseconds between two looks at the layers


class Docker(DockWidget):
    """Operation, inputs, parameters, Run. Krita makes one for each of its windows."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self._studio = studio()
        self._form: Form | None = None
        self._job: Job | None = None
        self._glimpse = Glimpse(self._studio, self)
        self._shown_document = ""
        self._texts: dict[str, dict[str, str]] = {}  # document -> operation -> what was entered
        self._seen: Any = None
        self._build()
        self._studio.status.connect(self._show_status)
        self._studio.operations.connect(self._show_operations)
        self._studio.changed.connect(self._job_changed)
        self._show_status(self._studio.last_status)
        if self._studio.known:
            self._show_operations(self._studio.known)
        self._glimpse.taken.connect(self._show_taken)
        self._glimpse.seen.connect(self._show_glimpse)
        self._glimpse.failed.connect(self._message.setText)
        self._look = QtCore.QTimer(self)
        self._look.setInterval(LOOK)
        self._look.timeout.connect(self._refresh)

    # Building

    def _build(self) -> None:
        self._light = Light()
        self._light.clicked.connect(self._open_settings)
        self._chooser = _chooser()
        self._chooser.currentIndexChanged.connect(lambda _: self._choose_operation())
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self._chooser, 1)
        top.addWidget(self._light)
        self._place = QtWidgets.QComboBox()
        for text, place in ((tr("beside the layer"), BESIDE), (tr("above it"), ABOVE), (tr("below it"), BELOW)):
            self._place.addItem(text, place)
        self._place.setToolTip(
            tr("Beside: below line art that can be seen through; above an opaque drawing, so that its lines show")
        )
        self._only = QtWidgets.QCheckBox(tr("Selection only"))
        self._only.setObjectName("shiage_selection_only")
        self._only.setToolTip(tr("What is not selected is neither read nor painted"))
        options = QtWidgets.QHBoxLayout()
        options.addWidget(self._only)
        options.addStretch(1)
        options.addWidget(QtWidgets.QLabel(tr("Result")))
        options.addWidget(self._place)
        self._area = QtWidgets.QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        body = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(body)
        column.addLayout(top)
        column.addWidget(self._area, 1)
        column.addLayout(options)
        column.addLayout(self._buttons())
        column.addWidget(self._build_progress())
        self._history = History()
        self._history.chosen.connect(lambda job: job.add_again())
        column.addWidget(self._history)
        self.setWidget(body)

    def _buttons(self) -> QtWidgets.QHBoxLayout:
        self._run = QtWidgets.QPushButton(tr("Run"))
        self._run.setObjectName("shiage_run")
        self._run.clicked.connect(self.run)
        self._cancel = QtWidgets.QPushButton(tr("Cancel"))
        self._cancel.setObjectName("shiage_cancel")
        self._cancel.clicked.connect(self._cancel_job)
        self._cancel.setEnabled(False)
        reset = QtWidgets.QToolButton()
        reset.setText(tr("Defaults"))
        reset.clicked.connect(lambda: self._form.reset() if self._form else None)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._run, 1)
        row.addWidget(self._cancel)
        row.addWidget(reset)
        return row

    def _build_progress(self) -> QtWidgets.QWidget:
        box = QtWidgets.QWidget()
        self._bar = QtWidgets.QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setFormat("")
        self._preview = QtWidgets.QLabel()
        self._preview.setAlignment(AlignCenter)
        self._preview.hide()
        self._message = QtWidgets.QLabel()
        self._message.setObjectName("shiage_message")
        self._message.setWordWrap(True)
        column = QtWidgets.QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._bar)
        column.addWidget(self._preview)
        column.addWidget(self._message)
        return box

    # Krita calls

    def canvasChanged(self, canvas: Any) -> None:
        """Another view came to the front."""
        QtCore.QTimer.singleShot(0, self._refresh)

    def showEvent(self, event: Any) -> None:
        """Nothing runs before the docker is seen for the first time."""
        super().showEvent(event)
        QtCore.QTimer.singleShot(0, self._studio.open)
        self._look.start()

    def hideEvent(self, event: Any) -> None:
        """No looking at layers that nobody sees."""
        super().hideEvent(event)
        self._look.stop()

    # The daemon

    def _show_status(self, status: Status) -> None:
        self._light.show_status(status)
        self._run.setEnabled(status.state == READY and self._form is not None)
        if status.state != READY and not self._studio.busy():
            self._message.setText(status.sentence)
        elif self._message.text() and self._job is None:
            self._message.setText("")

    def _show_operations(self, operations: list[Any]) -> None:
        chosen = self._chooser.currentData() or settings.read("operation")
        self._chooser.blockSignals(True)
        self._chooser.clear()
        for operation in filter(can_feed, operations):
            self._chooser.addItem(operation.title, operation.id)
            self._chooser.setItemData(self._chooser.count() - 1, operation.summary, QtCore.Qt.ItemDataRole.ToolTipRole)
        self._chooser.setCurrentIndex(max(0, self._chooser.findData(chosen)))
        self._chooser.blockSignals(False)
        self._choose_operation()

    def _open_settings(self) -> None:
        dialog = SettingsDialog(self, self._studio.last_status)
        if dialog.exec():
            dialog.save()
            self._studio.read_settings()

    # The form

    def choose(self, operation_id: str) -> bool:
        """Show the operation with this id; False where there is none."""
        place = self._chooser.findData(operation_id)
        if place >= 0:
            self._chooser.setCurrentIndex(place)
        return place >= 0

    def _choose_operation(self) -> None:
        self._keep_text()
        self._quieten()
        operation = self._studio.operation(self._chooser.currentData() or "")
        self._glimpse.forget()
        self._form = Form(operation) if operation is not None else None
        if self._form is not None and self._form.pad is not None:
            self._watch_pad(self._form)
        self._area.setWidget(self._form or QtWidgets.QWidget())
        self._run.setEnabled(self._form is not None and self._studio.last_status.state == READY)
        self._seen = None
        self._refresh()
        if self._form is not None:
            settings.write("operation", operation.id)
            self._restore_text()

    def _watch_pad(self, form: Form) -> None:
        form.pad.grasped.connect(self._take)
        form.changed.connect(lambda: self._glimpse.look(form.parameters()))

    def _take(self) -> None:
        """The artist takes hold of a point: look at the layers as they are now."""
        document = documents.active()
        if document is None:
            self._message.setText(tr("Open a drawing first."))
        elif self._form.lacking() is None:
            self._glimpse.take(self._wish(document))

    def _refresh(self) -> None:
        """The layers, documents and results that can be chosen may be others now."""
        document = documents.active()
        identity = documents.identity(document) if document is not None else ""
        if identity != self._shown_document:
            self._keep_text()
            self._quieten()
            self._shown_document = identity
            self._seen = None
            self._glimpse.forget()
            if self._form is not None and self._form.pad is not None:
                self._form.pad.show_picture(None)
            if document is not None:
                self._texts.setdefault(identity, _remembered(document))
        self._only.setEnabled(document is not None)
        if self._form is None:
            return
        seen = _what_there_is(document, self._studio.jobs)
        if seen != self._seen:
            fresh = self._seen is None
            self._seen = seen
            self._form.offer(document, self._studio.jobs)
            if fresh:
                self._restore_text()
                if self._form.pad is not None and document is not None and self._studio.last_status.state == READY:
                    self._take()

    def _show_taken(self, picture: Any) -> None:
        # What was made of it stays until the next look: no flicker at the beginning of a drag.
        if self._form is not None and self._form.pad is not None and not self._form.pad.has_picture:
            self._form.pad.show_picture(picture)

    def _show_glimpse(self, picture: Any) -> None:
        if self._form is not None and self._form.pad is not None:
            self._form.pad.show_picture(picture)

    def _quieten(self) -> None:
        """What was said of an earlier job is about something else; it stays in the list."""
        if self._studio.last_status.state == READY and not self._studio.busy():
            self._message.setText("")

    def _keep_text(self) -> None:
        if self._form is not None and self._shown_document:
            self._texts.setdefault(self._shown_document, {})[self._form.operation.id] = self._form.to_text()

    def _restore_text(self) -> None:
        text = self._texts.get(self._shown_document, {}).get(self._form.operation.id) if self._form else None
        if text:
            try:
                self._form.from_text(text)
            except (ValueError, TypeError, KeyError, AttributeError):
                self._form.reset()  # written by another version

    # Running

    def run(self) -> None:
        """Run the chosen operation on the document in front."""
        document = documents.active()
        if document is None:
            self._message.setText(tr("Open a drawing first."))
            return
        if self._form is None:
            self._message.setText(self._studio.last_status.sentence)
            return
        lacking = self._form.lacking()
        if lacking is not None:
            self._message.setText(tr("Choose what goes into “{port}”.", port=lacking))
            return
        self._keep_text()
        documents.remember(document, json.dumps(self._texts[documents.identity(document)]))
        self._job = self._studio.run(self._wish(document))
        self._job_changed(self._job)

    def _wish(self, document: Any) -> Wish:
        node = documents.active_layer(document)
        return Wish(
            self._form.operation,
            documents.identity(document),
            documents.node_id(node) if node is not None else "",
            self._form.inputs(),
            self._form.parameters(),
            self._only.isChecked(),
            self._place.currentData(),
        )

    def _cancel_job(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _job_changed(self, job: Job | None) -> None:
        if job is not None and (job is self._job or self._job is None or not self._job.under_way):
            self._job = job
            self._bar.setValue(round(1000 * job.progress) if job.under_way else 0)
            self._bar.setFormat(job.sentence if job.under_way else "")
            self._cancel.setEnabled(job.under_way)
            self._show_words(job)
            self._show_preview(job)
        self._history.show_jobs(self._studio.jobs)

    def _show_words(self, job: Job) -> None:
        words = [*job.warnings, *job.found_out]
        if job.state in (FAILED, KEPT) or (not job.under_way and not words):
            words.insert(0, job.sentence)
        self._message.setText("\n".join(words))

    def _show_preview(self, job: Job) -> None:
        if job.preview is None or not job.under_way:
            self._preview.hide()
            return
        small = thumbnail(job.preview, PREVIEW)
        image = QtGui.QImage(bytes(small.pixels), small.width, small.height, 4 * small.width, RGBA8888)
        self._preview.setPixmap(QtGui.QPixmap.fromImage(image))
        self._preview.show()


def _chooser() -> QtWidgets.QComboBox:
    box = QtWidgets.QComboBox()
    box.setObjectName("shiage_operation")
    box.setEditable(True)
    box.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
    box.lineEdit().setPlaceholderText(tr("Search operations …"))
    search = box.completer()
    search.setFilterMode(QtCore.Qt.MatchFlag.MatchContains)
    search.setCompletionMode(QtWidgets.QCompleter.CompletionMode.PopupCompletion)
    return box


def _remembered(document: Any) -> dict[str, str]:
    try:
        data = json.loads(documents.remembered(document) or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _what_there_is(document: Any, jobs: list[Any]) -> Any:
    """Something that differs whenever the pickers should show something else."""
    layers = [(documents.node_id(n), n.name(), n.animated()) for n in documents.nodes(document)] if document else []
    return layers, documents.shown(), [job.id for job in jobs if job.values]


def show_docker() -> Docker | None:
    """Bring the docker of the front window to light."""
    window = Krita.instance().activeWindow()
    for docker in window.dockers() if hasattr(window, "dockers") else Krita.instance().dockers():
        if isinstance(docker, Docker):
            docker.show()
            docker.raise_()
            return docker
    return None
