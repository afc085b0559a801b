"""One run of an operation: read the layers, send them, wait, fetch the result, put it beside the source.

Reading and landing are turns on the GUI thread; all between runs in a thread of the link's.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from .host import documents, landing, reading
from .host.colour import Converter, Space, for_results
from .host.sources import Source, read_sources
from .qt import QtCore
from .texts import tr
from .turns import Runner

READING, SENDING, WAITING, FETCHING, LANDING = "reading", "sending", "waiting", "fetching", "landing"
DONE, KEPT, FAILED, CANCELLED = "done", "kept", "failed", "cancelled"
ENDED = (DONE, KEPT, FAILED, CANCELLED)
BESIDE, ABOVE, BELOW = "beside", "above", "below"
_PATIENCE = 3.0  # seconds that a cancelled job waits for the daemon's word


@dataclass
class Wish:
    """What the artist asked for, complete: ``inputs`` names the sources of each port; ``place`` is BESIDE (below line
    art that can be seen through; above an opaque drawing, multiplied unless it is a finished picture; shadow and light
    always above), ABOVE or BELOW.
    """

    operation: Any
    document_id: str
    node_id: str
    inputs: Dict[str, List[Source]]
    parameters: Dict[str, Any]
    selection_only: bool = False
    place: str = BESIDE


@dataclass
class Target:
    """Where a result belongs: the document with its size, and the layer beside which it goes."""

    document_id: str = ""
    node_id: str = ""
    name: str = ""
    width: int = 0
    height: int = 0
    below: bool = False
    multiply: bool = False
    bits: int = 0


class Job(QtCore.QObject):
    """``state`` is one of the words above; ``sentence`` says to the user how it stands; ``progress`` is 0..1."""

    def __init__(self, studio: Any, wish: Optional[Wish] = None) -> None:
        super().__init__(studio)
        self._studio = studio
        self.wish = wish
        self.id = ""
        self.operation_id = wish.operation.id if wish else ""
        self.title = wish.operation.title if wish else ""
        self.state = READING
        self.sentence = tr("Reading the layers …")
        self.progress = 0.0
        self.preview: Optional[Any] = None
        self.warnings: List[str] = []
        self.found_out: List[str] = []
        self.values: Dict[str, List[Any]] = {}
        self.started = datetime.now()
        self.target = Target()
        self._coverage: Optional[bytes] = None
        self._result: Optional[Any] = None
        self._runner: Optional[Runner] = None
        self._unwanted = self._told = False  # whether it was cancelled, and the daemon knows that
        self._again = 0  # how often its result was asked for again

    @classmethod
    def found(cls, studio: Any, message: Any) -> Job:
        """A job of an earlier session, as the daemon remembers it."""
        from .v1 import jobs_pb2

        job = cls(studio)
        known = studio.operation(message.operation)
        job.id, job.operation_id = message.id, message.operation
        job.title = known.title if known else message.operation
        job.target.name = message.title
        job.started = datetime.fromtimestamp(message.created)
        job.values = {port: list(values.values) for port, values in message.outputs.items()}
        job.state, job.sentence = {
            jobs_pb2.STATE_DONE: (DONE, tr("Done in an earlier session; it can be added again.")),
            jobs_pb2.STATE_FAILED: (FAILED, message.failure.sentence),
            jobs_pb2.STATE_CANCELLED: (CANCELLED, tr("Cancelled.")),
        }.get(message.state, (WAITING, tr("Still with the daemon.")))
        if job.state == WAITING:
            job._watch_again()
        return job

    @property
    def under_way(self) -> bool:
        """Whether it has not ended yet."""
        return self.state not in ENDED

    @property
    def can_be_added(self) -> bool:
        """Whether there is a result that can be put onto a canvas (again)."""
        return self.state in (DONE, KEPT) and bool(self.id)

    # Reading

    def start(self) -> None:
        """Begin to read."""
        self._run(self._read(), self._send)

    def _read(self) -> Any:
        wish = self.wish
        assert wish is not None
        document = documents.find(wish.document_id)
        if document is None:
            raise ValueError(tr("The document was closed. Open it and run again."))
        node = documents.find_node(document, wish.node_id)
        self.target = Target(
            wish.document_id,
            wish.node_id,
            documents.title(document),
            *documents.size(document),
            bits=_result_bits(Space.of(document)),
        )
        converter = Converter(self._studio.scratch)
        if wish.selection_only:
            self._coverage = yield from reading.read_selection(document)
        inputs = yield from read_sources(wish, document, node, converter, self._studio)
        self._studio.scratch.settle()
        name = f"{wish.operation.title} — {node.name()}" if node is not None else wish.operation.title
        return inputs, name

    # The daemon's part

    def _send(self, read: Any) -> None:
        inputs, group = read
        self._tell(SENDING, tr("Sending to the daemon …"))
        wish, target, coverage = self.wish, self.target, self._coverage
        assert wish is not None

        def work(client: Any) -> Any:
            from . import order, pixels

            made = order.Order(wish.operation, inputs, wish.parameters, target.name, coverage, target.bits, group)
            first = order.first_picture(made)
            see_through = first is not None and pixels.see_through(first)
            request = order.send(client, made)
            # Kept for a while only: nothing of the layers' pixels stays in Krita while the daemon works.
            inputs.clear()
            return client.submit(request), see_through, group

        self._studio.link.call(work, self._submitted)

    def _submitted(self, answer: Any, error: Optional[BaseException]) -> None:
        if not self.under_way:  # cancelled meanwhile
            if error is None:
                self.id = answer[0].id
                self._stop_there()
            return
        if error is not None:
            self._fail(error)
            return
        message, see_through, group = answer
        self.id = message.id
        place = self.wish.place if self.wish else ABOVE
        self.target.below = place == BELOW or (place == BESIDE and see_through)
        self.target.multiply = place == BESIDE and not see_through
        if self._unwanted:
            self._stop_there()
        else:
            self._tell(WAITING, tr("Waiting for its turn …"))
        self._watch(group)

    def _watch_again(self) -> None:
        self._watch(self.title)

    def _watch(self, group: str) -> None:
        job_id, operation_id, coverage, bits = self.id, self.operation_id, self._coverage, self.target.bits
        news = self._news

        def work(client: Any) -> Any:
            from . import result
            from .v1 import operations_pb2

            def on_event(event: Any) -> None:
                what = event.WhichOneof("what")
                if what == "preview" and event.preview.WhichOneof("kind") == "raster":
                    picture = result.fetch(client, event.preview.raster)
                    news(what, picture)
                elif what in ("progress", "warning"):
                    news(what, getattr(event, what))

            message = client.wait(job_id, on_event)
            news("fetching", None)
            known = self._studio.operation(operation_id) or operations_pb2.Operation(id=operation_id)
            return result.collect(client, message, known, group, coverage, bits)

        self._studio.link.call(work, self._fetched)

    def _news(self, what: str, value: Any) -> None:
        # Called in a worker thread: goes through the link's signal like every answer.
        self._studio.link.finished.emit(lambda *_: self._on_news(what, value), None, None)

    def _on_news(self, what: str, value: Any) -> None:
        if self._unwanted and not self._told:
            self._stop_there()
        if not self.under_way:
            return
        if what == "progress":
            self.progress = value.fraction
            self._tell(WAITING, value.stage)
        elif what == "warning":
            self.warnings.append(value)
            self._changed()
        elif what == "preview":
            self.preview = value
            self._changed()
        else:
            self.progress = 1.0
            self._tell(FETCHING, tr("Fetching the result …"))

    def cancel(self) -> None:
        """Stop it, wherever it is."""
        if not self.under_way:
            return
        if self._runner is not None:
            self._runner.stop()
            self._runner = None
        if self.state == READING:
            self._end(CANCELLED, tr("Cancelled."))
        elif self.state == LANDING or self._again:
            self._end(KEPT, tr("Stopped. The result is kept: add it from the list."))
        else:
            self._unwanted = True
            self._tell(self.state, tr("Cancelling …"))
            later(_PATIENCE, self._enough)
            if self.id:
                self._stop_there()

    def _stop_there(self) -> None:
        job_id, self._told = self.id, True

        def answered(_: Any, error: Optional[BaseException]) -> None:
            self._told = error is None

        self._studio.link.call(lambda client: client.cancel(job_id), answered)

    def _enough(self) -> None:
        """Where the daemon does not answer soon, the job ends here; what is still made of it is dropped."""
        if self._unwanted and self.under_way:
            self._end(CANCELLED, tr("Cancelled. The daemon hears of it when it answers."))

    # Landing

    def _fetched(self, result: Any, error: Optional[BaseException]) -> None:
        self._result = result
        if not self.under_way or (error is None and self._unwanted):
            self._end(CANCELLED, tr("Cancelled."))
            return
        if error is not None:
            self._fail(error)
            return
        self.values = result.values
        self.found_out = result.sentences
        if result.group is None and result.animation is None:
            self._end(DONE, tr("Done."))
            return
        document = documents.find(self.target.document_id)
        if document is None:
            self._keep_from_closed()
        elif documents.size(document) != (self.target.width, self.target.height):
            self._end(
                KEPT,
                tr("“{name}” has another size now. The result is kept: add it from the list.", name=self.target.name),
            )
        else:
            self._land(result, document)

    def _keep_from_closed(self) -> None:
        name = self.target.name or tr("The document")
        self._end(KEPT, tr("“{name}” was closed meanwhile. The result is kept: add it from the list.", name=name))

    def _land(self, result: Any, document: Any) -> None:
        self._tell(LANDING, tr("Adding the layers …"))
        if document.colorModel() != "RGBA":
            self.warnings.append(
                tr("This image is not in RGB: the new layers are, convert the image to see their colours.")
            )
        source = documents.find_node(document, self.target.node_id)
        self._run(self._turns(result, document, source), lambda _: self._landed(), self._not_landed)

    def _turns(self, result: Any, document: Any, source: Optional[Any]) -> Any:
        scratch = self._studio.scratch
        # Shadow and light lie on what they were made for, also where that can be seen through.
        below = self.target.below and (not result.rests or (self.wish is not None and self.wish.place == BELOW))
        spot = landing.Spot(source, below, self.target.multiply and result.see_through)
        yield from landing.land(document, spot, result.group, scratch, result.animation)

    def _landed(self) -> None:
        self._end(DONE, tr("Done."))

    def _not_landed(self, error: BaseException) -> None:
        self._runner = None
        if isinstance(error, landing.Closed):
            self._keep_from_closed()
        else:
            self._end(KEPT, tr("{error} The result is kept: add it from the list.", error=_failure(error)))

    def add_again(self) -> None:
        """Fetch the result once more and put it into the front document, or into a new one where the size differs."""
        if not self.can_be_added:
            return
        document = documents.active()
        node = documents.active_layer(document) if document is not None else None
        self.target.bits = _result_bits(Space.of(document)) if document is not None else 0
        job_id, operation_id, coverage, bits = self.id, self.operation_id, self._coverage, self.target.bits
        title = self.title
        self._again += 1
        time = self._again
        self._tell(FETCHING, tr("Fetching the result …"))

        def work(client: Any) -> Any:
            from . import result
            from .v1 import operations_pb2

            known = self._studio.operation(operation_id) or operations_pb2.Operation(id=operation_id)
            return result.collect(client, client.job(job_id), known, title, coverage, bits)

        def arrived(result: Any, error: Optional[BaseException]) -> None:
            if self.state != FETCHING or self._again != time:  # stopped meanwhile
                _discard(result)
                return
            if error is not None:
                self._end(KEPT, str(error))
                return
            self._result = result
            front = documents.find(documents.identity(document)) if document is not None else None
            if front is not None and documents.size(front) == (result.width, result.height):
                self.target.document_id = documents.identity(front)
                self.target.node_id = documents.node_id(node) if node is not None else ""
                self._land(result, front)
            else:
                self._open(result)

        self._studio.link.call(work, arrived)

    def _open(self, result: Any) -> None:
        self._tell(LANDING, tr("Opening a new document …"))
        turns = landing.open_as_document(result, self.title, self._studio.scratch)
        self._run(turns, lambda _: self._landed(), self._not_landed)

    # States

    def _run(
        self,
        turns: Any,
        on_done: Callable[[Any], None],
        on_error: Optional[Callable[[BaseException], None]] = None,
    ) -> None:
        def done(value: Any) -> None:
            self._runner = None
            on_done(value)

        self._runner = Runner(turns, later, done, on_error or self._fail)

    def _fail(self, error: BaseException) -> None:
        from .client import DaemonError

        self._runner = None
        if isinstance(error, DaemonError):
            state = CANCELLED if error.code == "Cancelled" else FAILED
            self._end(state, tr("Cancelled.") if state == CANCELLED else str(error))
        else:
            self._end(FAILED, _failure(error))

    def _end(self, state: str, sentence: str) -> None:
        # The daemon has the result too; what was fetched goes, so that closed documents hold no memory.
        result, self._result = self._result, None
        _discard(result)
        self._tell(state, sentence)
        self._studio.rest()

    def _tell(self, state: str, sentence: str) -> None:
        self.state, self.sentence = state, sentence
        self._changed()

    def _changed(self) -> None:
        self._studio.changed.emit(self)


def _result_bits(space: Space) -> int:
    """The depth in which results can be written without Krita's conversion; 0 where it converts anyway."""
    target = for_results(space)
    return target.bits if target.direct else 0


def _discard(result: Optional[Any]) -> None:
    if result is not None and result.animation is not None:
        shutil.rmtree(Path(result.animation).parent, ignore_errors=True)


def _failure(error: BaseException) -> str:
    if isinstance(error, ValueError):
        return str(error)
    return tr("The plugin failed: {error}", error=f"{type(error).__name__}: {error}.")


def later(seconds: float, function: Callable[[], None]) -> None:
    """Call ``function`` from the event loop after that time."""
    QtCore.QTimer.singleShot(int(1000 * seconds), lambda: function())
