"""What an operation sees of the job that it runs in."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from ..errors import Cancelled
from ..values import Raster


class Work:
    """The thread between a running operation and whoever waits for it.

    An operation calls :meth:`progress` (or at least :meth:`check`) often enough that a cancelled job stops within
    200 ms. Made without arguments it reports to nobody and is never cancelled.
    """

    def __init__(
        self,
        *,
        on_progress: Callable[[float, str], None] | None = None,
        on_preview: Callable[[Raster], None] | None = None,
        on_warning: Callable[[str], None] | None = None,
        cancelled: Event | None = None,
    ) -> None:
        self._on_progress = on_progress
        self._on_preview = on_preview
        self._on_warning = on_warning
        self._cancelled = cancelled

    def check(self) -> None:
        """Raise :class:`Cancelled` if the job was cancelled."""
        if self._cancelled is not None and self._cancelled.is_set():
            raise Cancelled

    def progress(self, fraction: float, stage: str) -> None:
        """How far it is (0..1) and a word for the stage, as an artist would read it. Checks for cancellation too."""
        self.check()
        if self._on_progress is not None:
            self._on_progress(min(max(fraction, 0.0), 1.0), stage)

    def preview(self, raster: Raster) -> None:
        """A small early picture of the result."""
        self.check()
        if self._on_preview is not None:
            self._on_preview(raster)

    def warn(self, sentence: str) -> None:
        """Something the artist should know, though the job goes on."""
        if self._on_warning is not None:
            self._on_warning(sentence)
