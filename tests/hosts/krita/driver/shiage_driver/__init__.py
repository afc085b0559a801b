"""Test-only Krita plugin: runs the Python that a test sends over a local socket, on the GUI thread.

One line of JSON a request: ``{"source": ..., "function": ..., "arguments": {...}}``. The function may be a generator:
every ``yield seconds`` gives Krita's event loop that much time. One line of JSON a reply: ``{"result": ...}`` or
``{"error": traceback}``.
"""

import faulthandler
import json
import os
import time
import traceback

from krita import Extension, Krita
from PyQt5.QtCore import QTimer
from PyQt5.QtNetwork import QLocalServer

SOCKET = os.environ.get("SHIAGE_DRIVER_SOCKET", "")
if SOCKET:
    # A native crash leaves the Python line that caused it beside the socket.
    faulthandler.enable(open(SOCKET + ".faults", "w"))  # noqa: SIM115 - stays open as long as Krita runs


class Driver(Extension):
    """Listens once the first window stands."""

    def __init__(self, parent):
        super().__init__(parent)
        self._server = None
        self._namespace = {}

    def setup(self):
        if SOCKET:
            notifier = Krita.instance().notifier()
            notifier.setActive(True)
            notifier.windowCreated.connect(lambda: QTimer.singleShot(0, self._listen))

    def createActions(self, window):
        pass

    def _listen(self):
        if self._server is None:
            Krita.instance().setBatchmode(True)
            self._server = QLocalServer()
            self._server.newConnection.connect(self._accept)
            self._server.listen(SOCKET)

    def _accept(self):
        connection = self._server.nextPendingConnection()
        connection.readyRead.connect(lambda: self._read(connection))

    def _read(self, connection):
        while connection.canReadLine():
            request = json.loads(bytes(connection.readLine()))
            self._namespace["__name__"] = "shiage_driver_script"
            try:
                exec(compile(request["source"], "<test>", "exec"), self._namespace)
                outcome = self._namespace[request["function"]](**request["arguments"])
            except BaseException:
                self._reply(connection, {"error": traceback.format_exc()})
                continue
            if hasattr(outcome, "__next__"):
                self._step(connection, outcome)
            else:
                self._reply(connection, {"result": outcome})

    def _step(self, connection, generator):
        try:
            pause = next(generator)
        except StopIteration as end:
            self._reply(connection, {"result": end.value})
        except BaseException:
            self._reply(connection, {"error": traceback.format_exc()})
        else:
            QTimer.singleShot(int(1000 * pause), lambda: self._step(connection, generator))

    @staticmethod
    def _reply(connection, reply):
        reply["time"] = time.time()
        connection.write(json.dumps(reply, default=str).encode() + b"\n")
        connection.flush()


Krita.instance().addExtension(Driver(Krita.instance()))
