"""The line to the daemon: everything that may take time runs in threads here, and only signals come back.

gRPC is loaded in the first of these threads, so that Krita starts as fast as without the plugin.
"""

from __future__ import annotations

import importlib
import sys
import threading
from pathlib import Path
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

from .qt import QtCore, Signal
from .texts import tr

BEAT = 2.0  # seconds between two looks at the daemon
SOON = 0.25  # seconds until the first look for one that went away
SWITCH = 0.0005  # seconds
PATIENCE = 300.0  # seconds that a running job waits for a daemon that went away
OFF, STARTING, READY, TROUBLE = "off", "starting", "ready", "trouble"
_LIBRARIES = Path(__file__).parent / "_wheels"


class Status(NamedTuple):
    """How the daemon is: a state, and one sentence for the user."""

    state: str
    sentence: str
    version: str = ""


class Link(QtCore.QObject):
    """``status`` carries a :class:`Status`, ``operations`` a list of Operation messages, both to the GUI thread."""

    status = Signal(object)
    operations = Signal(object)
    finished = Signal(object, object, object)  # callback, answer, error

    def __init__(
        self,
        command: Callable[[], Sequence[str]],
        may_start: Callable[[], bool],
        home: Optional[Path],
        version: str,
    ) -> None:
        """``command``, ``home``: of the daemon, should it have to be started; ``version``: the plugin's."""
        super().__init__()
        self._version = version
        self._home = home
        self._command = command
        self._may_start = may_start
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._client: Optional[Any] = None
        self._thread: Optional[threading.Thread] = None
        self._open: List[Any] = []
        self.finished.connect(self._deliver)

    def _deliver(self, callback: Any, answer: Any, error: Any) -> None:
        callback(answer, error)

    def start(self) -> None:
        """Begin to look for the daemon. Returns at once."""
        if self._thread is None:
            # How long a thread that computes may keep the interpreter from Krita's own one, which draws meanwhile.
            sys.setswitchinterval(SWITCH)
            self._thread = threading.Thread(target=self._keep, name="shiage-link", daemon=True)
            self._thread.start()

    def retry(self) -> None:
        """Look again now: the settings changed, or the user asks for it."""
        self._wake.set()

    def stop(self) -> None:
        """Hang up. Jobs go on in the daemon and are found again at the next start."""
        self._stopped.set()
        self._wake.set()
        with self._lock:
            clients, self._open, self._client = self._open, [], None
        for client in clients:
            client.close()
        if self._thread is not None:
            self._thread.join(2.0)

    def call(self, work: Callable[[Any], Any], callback: Callable[[Any, Optional[BaseException]], None]) -> None:
        """Run ``work(client)`` in a thread of its own; then ``callback(answer, error)`` in the GUI thread."""

        def run() -> None:
            try:
                answer, error = work(self.client()), None
            except Exception as problem:  # it is shown to the user, whatever it is
                answer, error = None, problem
            if not self._stopped.is_set():
                self.finished.emit(callback, answer, error)

        threading.Thread(target=run, name="shiage-call", daemon=True).start()

    def client(self) -> Any:
        """A client; waits for the daemon for a while where there is none. Only for threads of :meth:`call`."""
        make_importable()
        from .client import DaemonError

        for _ in range(100):
            with self._lock:
                if self._client is not None:
                    return self._client
            self._wake.set()
            if self._stopped.wait(0.1):
                break
        raise DaemonError("Unreachable", tr("The Shiage daemon does not answer. Click the light for what to do."))

    def _keep(self) -> None:
        pause = SOON
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                self._serve()
            except Exception as problem:  # the line must not die of anything
                if not self._stopped.is_set():
                    self.status.emit(Status(TROUBLE, str(problem)))
            with self._lock:
                # One that was there and died is started again at once; one that can't be had, less and less often.
                pause = SOON if self._client is not None else min(2 * pause, 2 * BEAT)
                self._client = None
            self._wake.wait(pause)

    def _serve(self) -> None:
        make_importable()
        from .client import Client, data_home, ensure, find_daemon, host_environment

        if find_daemon(data_home(self._home)) is None and not self._may_start():
            self.status.emit(Status(OFF, tr("No Shiage daemon runs. Start one with `shiage serve`.")))
            return
        self.status.emit(Status(STARTING, tr("Looking for the Shiage daemon …")))
        if self._may_start():
            ensure(list(self._command()), self._home, environment=host_environment()).close()
        client = Client.connect(self._home, patience=PATIENCE)
        pulse = Client.connect(self._home, patience=1.0)
        with self._lock:
            self._open += [client, pulse]
            self._client = client
        try:
            self._watch(pulse)
        finally:
            pulse.close()

    def _watch(self, pulse: Any) -> None:
        known = ""
        while not self._stopped.is_set():
            info = pulse.info()
            if f"{info.pid} {info.started}" != known:
                known = f"{info.pid} {info.started}"
                self.operations.emit(pulse.operations())
            waiting = tr(" {count} jobs wait.", count=info.queued) if info.queued else ""
            sentence = tr("Shiage {version} is ready.", version=info.version) + waiting
            if self._version and info.version != self._version:
                other = tr(" The plugin is {version}: run `shiage install krita`.", version=self._version)
                sentence += other
            self.status.emit(Status(READY, sentence, info.version))
            self._stopped.wait(BEAT)


def make_importable() -> None:
    """Let the plugin's own grpcio and protobuf be found; ImportError with a sentence for the user where they can't."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    place = _LIBRARIES / version
    if place.is_dir() and str(place) not in sys.path:
        sys.path.insert(0, str(place))
    try:
        importlib.import_module("grpc")
        importlib.import_module("google.protobuf")
    except ImportError as error:
        raise ImportError(
            tr(
                "Shiage has no gRPC for Krita's Python {version}. Run `shiage install krita --python {version}`.",
                version=version,
            )
        ) from error
