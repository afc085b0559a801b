"""What an operation would give, seen small while the artist drags something: drafts on the daemon; no bpy.

One draft is under way at a time, and the newest parameters are the next.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from . import wire
from .job import Daemon, Send, request_for
from .link import client


class Looks:
    """Drafts of one drawing in a thread of its own. ``problem``: why there are none, or none any more."""

    def __init__(self, daemon: Daemon, operation: Any, inputs: dict[str, list[Send]]) -> None:
        self._daemon, self._operation, self._inputs = daemon, operation, inputs
        self._wake = threading.Condition()
        self._wanted: dict[str, Any] | None = None
        self._seen: Any = None
        self._over = self._busy = False
        self.problem = ""
        self.count = 0
        self._thread = threading.Thread(target=self._run, name="shiage-looks", daemon=True)
        self._thread.start()

    def want(self, parameters: dict[str, Any]) -> None:
        """Look at what these parameters give; comes back at once."""
        with self._wake:
            self._wanted = parameters
            self._wake.notify()

    def take(self) -> Any | None:
        """The newest picture that was not taken yet, (h, w, 4) float32 from the top; None where there is none."""
        with self._wake:
            seen, self._seen = self._seen, None
        return seen

    def stop(self) -> None:
        """No more; comes back at once."""
        with self._wake:
            self._over = True
            self._wake.notify()

    def wait(self) -> None:
        """Block until all that was wanted is seen (for scripts and tests; a window never waits)."""
        with self._wake:
            self._wake.wait_for(lambda: self._over or (self._wanted is None and not self._busy))

    def _run(self) -> None:
        try:
            with self._daemon.connect() as link:
                # What does not change is sent once; each look names it again.
                sent = request_for(self._operation.id, self._inputs, {}, self._operation.title, link)
                while (parameters := self._next()) is not None:
                    self._look(link, sent, parameters)
        except client.DaemonError as error:
            self._tell(error.sentence)
        except Exception as error:  # the thread's last line of defence: the host must hear of it
            self._tell(f"Something in the Shiage add-on failed: {type(error).__name__}: {error}.")

    def _next(self) -> dict[str, Any] | None:
        with self._wake:
            self._busy = False
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._over or self._wanted is not None)
            wanted, self._wanted = self._wanted, None
            self._busy = not self._over
            return None if self._over else wanted

    def _look(self, link: Any, sent: Any, parameters: dict[str, Any]) -> None:
        request = request_for(self._operation.id, {}, parameters, self._operation.title, link)
        request.MergeFrom(sent)
        request.draft = True
        try:
            job = link.wait(link.submit(request).id)
        except client.DaemonError as error:
            if error.code not in ("BadInput", "BadParameters"):
                raise
            self.problem = error.sentence  # the next parameters may be better
            return
        value = job.outputs[self._operation.outputs[0].name].values[0]
        pixels = wire.pixels_of(value, link.get_bytes)
        picture = pixels.astype(np.float32) / np.iinfo(pixels.dtype).max
        with self._wake:
            self._seen, self.problem = picture, ""
            self.count += 1

    def _tell(self, sentence: str) -> None:
        with self._wake:
            self.problem, self._over = sentence, True
            self._wake.notify_all()
