"""Pickers: where each input of an operation comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..host import documents
from ..host.sources import DOCUMENT, FILE, FINISHED, FRAMES, GROUP, LAYER, RESULT, SELECTION, VISIBLE, Source
from ..qt import QtWidgets, Signal
from ..texts import tr

# The contract's numbers of kinds (v1 is loaded later than the first docker).
RASTER, MASK, REGIONS, PALETTE, FACTS, CLIP = range(1, 7)
_FEEDS = (RASTER, MASK, REGIONS, PALETTE, FACTS, CLIP)
NOTHING = Source("nothing")
_PICTURES = "*.png *.jpg *.jpeg *.webp *.tif *.tiff *.bmp *.tga"
Choices = list[tuple[str, Source]]


def can_feed(operation: Any) -> bool:
    """Whether Krita has what ``operation`` needs: strokes, for one, it has not."""
    return all(port.kind in _FEEDS or port.optional for port in operation.inputs)


def choices(port: Any, document: Any, jobs: list[Any], first: bool, timed: bool = False) -> Choices:
    """What may go into ``port``, best guess first. ``first``: it is the operation's main input; ``timed``: there is a
    clip beside it, to whose drawings an animated layer's keyframes may belong.
    """
    found: Choices = []
    if port.kind == RASTER and port.many and timed and document is not None:
        found += _keyframes(document, tr("Keyframes of “{name}”"))
    if port.kind in (RASTER, MASK) and document is not None:
        found += _of_document(port, document)
    if port.kind == CLIP and document is not None:
        found.append((tr("Frames of this layer"), Source(FRAMES)))
        found += _keyframes(document, tr("Frames of “{name}”"))
    for job in jobs:
        for name, values in job.values.items():
            if values and _KINDS.get(values[0].WhichOneof("kind")) == port.kind:
                label = tr("{name} of “{title}”", name=values[0].name or name, title=job.title)
                found.append((label, Source(RESULT, f"{job.id}:{name}")))
    if port.optional or not first:
        found.insert(0, (tr("None") if port.optional else tr("Choose …"), NOTHING))
    return found


_KINDS = {"raster": RASTER, "mask": MASK, "regions": REGIONS, "palette": PALETTE, "facts": FACTS, "clip": CLIP}


def _keyframes(document: Any, label: str) -> Choices:
    animated = [node for node in documents.nodes(document) if node.animated()]
    return [(label.format(name=node.name()), Source(FRAMES, documents.node_id(node))) for node in animated]


def _of_document(port: Any, document: Any) -> Choices:
    found: Choices = [(tr("Selection"), Source(SELECTION))] if port.kind == MASK else []
    found += [
        (tr("This layer"), Source(LAYER)),
        (tr("This layer with masks and opacity"), Source(FINISHED)),
        (tr("Group of this layer"), Source(GROUP)),
        (tr("All that is visible"), Source(VISIBLE)),
    ]
    for node in documents.nodes(document):
        kind = LAYER if node.type() == "paintlayer" else FINISHED
        found.append((tr("Layer “{name}”", name=node.name()), Source(kind, documents.node_id(node))))
    own = documents.identity(document)
    for entry in documents.shown():
        if entry.id != own:
            found.append((tr("Document “{name}”", name=entry.name), Source(DOCUMENT, entry.id)))
    return found


class Picker(QtWidgets.QComboBox):
    """One source."""

    picked = Signal()

    def __init__(self, port: Any) -> None:
        super().__init__()
        self.port = port
        self.setToolTip(port.tooltip)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.activated.connect(self._activated)
        self._wanted: Source | None = None  # what the artist chose; None = the best guess

    def offer(self, found: Choices) -> None:
        """Show ``found``. What the artist chose stays chosen while it is there; otherwise the best guess is."""
        self.blockSignals(True)
        self.clear()
        for label, source in found:
            self.addItem(label, source)
        if self.port.kind in (RASTER, MASK, FACTS):
            self.addItem(tr("File …"), Source(FILE))
        self._show_wanted()
        self.blockSignals(False)

    def choose(self, source: Source) -> None:
        """Choose ``source``; the best guess stands in while it is not offered."""
        self._wanted = source
        self._show_wanted()

    def source(self) -> Source:
        """What is chosen."""
        data = self.currentData()
        return Source(*data) if data else NOTHING

    def _show_wanted(self) -> None:
        wanted = self._wanted
        if (
            wanted is not None
            and wanted.kind == FILE
            and wanted not in [self.itemData(place) for place in range(self.count())]
        ):
            self._add_file(wanted.id)
        offered = [self.itemData(place) for place in range(self.count())]
        place = offered.index(wanted) if wanted in offered else 0
        # "File …" asks for a file; it is no choice by itself.
        self.setCurrentIndex(-1 if not offered or offered[place] == Source(FILE) else place)

    def _activated(self, place: int) -> None:
        if self.source() == Source(FILE):
            pattern = "*.json" if self.port.kind == FACTS else _PICTURES
            path, _ = QtWidgets.QFileDialog.getOpenFileName(self, self.port.title, "", f"{self.port.title} ({pattern})")
            if path:
                self._wanted = Source(FILE, path)
            self._show_wanted()
        else:
            self._wanted = self.source()
        self.picked.emit()

    def _add_file(self, path: str) -> None:
        entry = self.findText(tr("File …"))
        place = entry if entry >= 0 else self.count()
        self.insertItem(place, Path(path).name, Source(FILE, path))


class PortRow(QtWidgets.QWidget):
    """The picker of a port, or several of them with + and - where it takes many; a frame range for clips."""

    changed = Signal()

    def __init__(self, port: Any, first: bool, timed: bool = False) -> None:
        super().__init__()
        self.port = port
        self._first = first
        self._timed = timed
        self._choices: Choices = []
        self._pickers: list[Picker] = []
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._range: list[QtWidgets.QSpinBox] = []
        if port.kind == CLIP:
            self._add_range()
        if port.many:
            self._add_buttons()
        self._add_picker()

    def offer(self, document: Any, jobs: list[Any]) -> None:
        """Show what there is now."""
        self._choices = choices(self.port, document, jobs, self._first, self._timed)
        for picker in self._pickers:
            picker.offer(self._choices)

    def sources(self) -> list[Source]:
        """What is chosen, without the empty ones."""
        chosen = [picker.source() for picker in self._pickers]
        ends = [box.value() for box in self._range]
        return [
            source._replace(first=ends[0], last=ends[1]) if source.kind == FRAMES and ends else source
            for source in chosen
            if source.kind != NOTHING.kind and source != Source(FILE)
        ]

    def to_text(self) -> str:
        """For remembering."""
        return json.dumps([list(source) for source in self.sources()])

    def from_text(self, text: str) -> None:
        """Choose what :meth:`to_text` remembered, as far as it is still there."""
        wanted = [Source(*item) for item in json.loads(text)]
        while len(self._pickers) < len(wanted) and self.port.many:
            self._add_picker()
        for picker, source in zip(self._pickers, wanted):
            if source.kind == FRAMES and self._range:
                self._range[0].setValue(source.first)
                self._range[1].setValue(source.last)
                source = source._replace(first=-1, last=-1)  # noqa: PLW2901 - the range is shown apart
            picker.choose(source)

    def _add_picker(self) -> None:
        picker = Picker(self.port)
        picker.offer(self._choices)
        picker.picked.connect(self.changed)
        self._pickers.append(picker)
        self._column.insertWidget(len(self._pickers) - 1, picker)

    def _remove_picker(self) -> None:
        if len(self._pickers) > 1:
            self._pickers.pop().deleteLater()
            self.changed.emit()

    def _add_buttons(self) -> None:
        row = QtWidgets.QHBoxLayout()
        for text, tip, slot in (("+", tr("One more"), self._add_picker), ("−", tr("One less"), self._remove_picker)):
            button = QtWidgets.QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, slot=slot: slot())
            row.addWidget(button)
        row.addStretch(1)
        self._column.addLayout(row)

    def _add_range(self) -> None:
        row = QtWidgets.QHBoxLayout()
        for label in (tr("from"), tr("to")):
            box = QtWidgets.QSpinBox()
            box.setRange(-1, 100_000)
            box.setValue(-1)
            box.setSpecialValueText(tr("auto"))
            box.setToolTip(tr("Frame of the timeline; “auto” takes all keyframes of the layer"))
            row.addWidget(QtWidgets.QLabel(label))
            row.addWidget(box, 1)
            self._range.append(box)
        self._column.addLayout(row)
