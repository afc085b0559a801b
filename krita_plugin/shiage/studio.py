"""What all dockers of one Krita share: the line to the daemon, the hidden document, and the jobs."""

from __future__ import annotations

from typing import Any

from krita import Krita

from . import settings, turns
from .host import documents
from .host.scratch import Scratch
from .job import Job, Wish
from .link import Link, Status
from .qt import QtCore, Signal
from .texts import tr

KEPT = 30  # jobs in the list
QUIET = 1500  # milliseconds after which making the hidden document disturbs nobody


class Studio(QtCore.QObject):
    """``changed``: a job, or the list of them, is other than before; ``status``, ``operations``: see :class:`Link`."""

    changed = Signal(object)
    status = Signal(object)
    operations = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.scratch = Scratch()
        self.jobs: list[Job] = []
        self.known: list[Any] = []
        self.last_status = Status("starting", tr("Looking for the Shiage daemon …"))
        # Krita's settings belong to the GUI thread: the link's threads get what was read here.
        self._command: list[str] = []
        self._may_start = True
        self.link = Link(lambda: self._command, lambda: self._may_start, settings.home(), settings.version())
        self.link.status.connect(self._on_status)
        self.link.operations.connect(self._on_operations)
        self._quiet = QtCore.QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self._prepare)
        self._asked = False

    def open(self) -> None:
        """Begin: to be called when the first docker is shown."""
        self.read_settings()
        self.link.start()
        self.rest()

    def close(self) -> None:
        """Krita ends."""
        self._quiet.stop()
        turns.stop_all()
        self.link.stop()
        self.scratch.close()

    def read_settings(self) -> None:
        """Take over the user's settings and look for the daemon again."""
        self._command = settings.command()
        self._may_start = settings.may_start()
        self.link.retry()

    def run(self, wish: Wish) -> Job:
        """Start a job."""
        job = Job(self, wish)
        self.jobs.insert(0, job)
        for old in [old for old in self.jobs[KEPT:] if not old.under_way]:
            self.jobs.remove(old)
            old.setParent(None)
        job.start()
        self.changed.emit(job)
        return job

    def operation(self, wanted: str) -> Any | None:
        """The operation with this id, as the daemon describes it."""
        return next((operation for operation in self.known if operation.id == wanted), None)

    def busy(self) -> bool:
        """Whether a job is under way in this Krita."""
        return any(job.under_way for job in self.jobs)

    def rest(self) -> None:
        """A job ended, or a document was opened or closed: get ready for the next one when it is quiet."""
        self._quiet.start(QUIET)

    def _prepare(self) -> None:
        if self.busy() or turns.under_way():
            self.rest()
        elif documents.active() is not None:
            self.scratch.ready()

    def _on_status(self, status: Status) -> None:
        self.last_status = status
        self.status.emit(status)

    def _on_operations(self, operations: list[Any]) -> None:
        self.known = operations
        self.operations.emit(operations)
        if not self._asked:
            self._asked = True
            self.link.call(lambda client: client.jobs(KEPT), self._on_earlier)

    def _on_earlier(self, earlier: Any, error: BaseException | None) -> None:
        """Results of an earlier Krita, which this one can still take over."""
        for message in earlier or []:
            if message.client == "krita" and all(job.id != message.id for job in self.jobs):
                self.jobs.append(Job.found(self, message))
        self.changed.emit(None)


_studio: Studio | None = None


def studio() -> Studio:
    """The one of this Krita."""
    global _studio  # noqa: PLW0603 - Krita builds dockers by itself, without arguments
    if _studio is None:
        _studio = Studio()
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(_studio.close)
        notifier.viewCreated.connect(lambda *_: studio().rest())
        notifier.imageClosed.connect(lambda *_: studio().rest())
    return _studio
