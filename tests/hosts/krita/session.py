"""One real Krita on its own X server with its own profile, driven from a test."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import shutil
import signal
import socket
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).parent / "driver"
SCREEN = (1600, 1000)
KRITARC = """EnableHiDPI=false
[General]
forceHideSplash=true
[python]
enable_shiage_driver=true
"""


class KritaFailed(AssertionError):
    """What a script inside Krita raised, or Krita's own death."""


def missing() -> str:
    """Why no Krita can be driven here, as a sentence; empty where all is there."""
    lacks = [name for name in ("krita", "Xvfb", "xdotool", "import") if shutil.which(name) is None]
    return f"needs {', '.join(lacks)} (apt-get install krita xvfb xdotool imagemagick)" if lacks else ""


class Session:
    """A running Krita. ``folder`` holds its profile, logs and pictures; ``environment`` is added to its own."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.socket = folder / "driver.sock"
        self._extra = environment or {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self.display = ""

    @property
    def resources(self) -> Path:
        """Krita's resource folder in this profile."""
        return self.folder / "data" / "krita"

    @property
    def kritarc(self) -> Path:
        """Krita's settings in this profile."""
        return self.folder / "config" / "kritarc"

    def environment(self) -> dict[str, str]:
        """What Krita runs with."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "XDG_", "QT_"))}
        places = {"HOME": "", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"}
        return (
            inherited
            | {name: str(self.folder / place) for name, place in places.items()}
            | {"PATH": _path_with_kritas_python_first()}
            | {"XDG_RUNTIME_DIR": str(self.folder / "run"), "LC_ALL": "C.UTF-8", "DISPLAY": self.display}
            | {"PYTHONDONTWRITEBYTECODE": "1", "SHIAGE_DRIVER_SOCKET": str(self.socket)}
            | self._extra
        )

    def prepare(self, warmed: Path | None = None) -> None:
        """Make the profile: a copy of ``warmed`` (a profile in which Krita has run) or an empty one."""
        if warmed is not None:
            for part in ("config", "data", "cache"):
                if (warmed / part).exists():
                    shutil.copytree(warmed / part, self.folder / part, dirs_exist_ok=True)
        for part in ("config", "data/krita/pykrita", "cache", "run"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "run").chmod(0o700)
        self.kritarc.write_text(KRITARC)
        (self.folder / "config" / "kritadisplayrc").write_text("[General]\nOpenGLRenderer=none\n")
        shutil.copytree(DRIVER, self.resources / "pykrita", dirs_exist_ok=True)

    def start(self, timeout: float = 90.0) -> None:
        """Start the X server and Krita; returns when its window stands."""
        try:
            self._start(timeout)
        except KritaFailed as error:
            if "could not connect to display" not in str(error):
                raise
            # Another session's server on this machine ended at this moment and took the display's socket along.
            self._processes.clear()
            self._start(timeout)

    def start_again(self) -> None:
        """Start Krita anew where it has ended, in the same profile."""
        self.stop()
        self._processes.clear()
        self.start()

    def _start(self, timeout: float) -> None:
        self._start_x()
        self.socket.unlink(missing_ok=True)
        log = (self.folder / "krita.log").open("ab")
        krita = subprocess.Popen(["krita", "--nosplash"], env=self.environment(), stdout=log, stderr=log)
        self._processes.append(krita)
        self._wait(self.socket.exists, timeout, "Krita's window did not come up")

    def _start_x(self) -> None:
        # The server chooses a free display itself and writes its number: nothing to race for.
        reader, writer = os.pipe()
        size = f"{SCREEN[0]}x{SCREEN[1]}x24"
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp"]
        quiet = subprocess.DEVNULL
        self._processes.append(subprocess.Popen(command, pass_fds=[writer], stdout=quiet, stderr=quiet))
        os.close(writer)
        with os.fdopen(reader) as numbers:
            self.display = ":" + numbers.readline().strip()

    @property
    def alive(self) -> bool:
        """Whether Krita runs."""
        return len(self._processes) == 2 and self._processes[1].poll() is None

    def run(self, function: Callable[..., Any], *, timeout: float = 60.0, **arguments: Any) -> Any:
        """Run ``function`` inside Krita (its source travels, so it imports what it needs) and give its result.

        A generator function hands control to Krita's event loop at every ``yield seconds``. KritaFailed where it
        raises or Krita dies.
        """
        request = {
            "source": textwrap.dedent(inspect.getsource(function)),
            "function": function.__name__,
            "arguments": arguments,
        }
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            try:
                connection.connect(str(self.socket))
                connection.sendall(json.dumps(request).encode() + b"\n")
                line = connection.makefile("rb").readline()
            except OSError as error:
                raise KritaFailed(f"{function.__name__}: {error}\n{self.last_words()}") from error
        if not line:
            raise KritaFailed(f"Krita died in {function.__name__}\n{self.last_words()}")
        reply = json.loads(line)
        if "error" in reply:
            raise KritaFailed(f"{function.__name__} inside Krita:\n{reply['error']}")
        return reply["result"]

    def wait_for(self, function: Callable[..., Any], timeout: float = 60.0, **arguments: Any) -> Any:
        """Run ``function`` inside Krita until it gives something true; gives that."""
        end = time.monotonic() + timeout
        while not (result := self.run(function, **arguments)):
            if time.monotonic() > end:
                raise KritaFailed(f"{function.__name__} gave nothing within {timeout:g} s\n{self.last_words()}")
            time.sleep(0.1)
        return result

    def click(self, x: int, y: int) -> None:
        """Press the left mouse button there, as a user does."""
        self.xdotool("mousemove", str(x), str(y))
        time.sleep(0.2)
        self.xdotool("click", "1")

    def xdotool(self, *arguments: str) -> None:
        """Real input events on this session's screen."""
        subprocess.run(["xdotool", *arguments], env=self.environment(), check=True, timeout=20)

    def screenshot(self, path: Path) -> Path:
        """The whole screen as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["import", "-window", "root", str(path)], env=self.environment(), check=True, timeout=20)
        return path

    def last_words(self) -> str:
        """The end of Krita's log and of the crash trace."""
        texts = [self.folder / "krita.log", Path(f"{self.socket}.faults")]
        return "\n".join(path.read_text(errors="replace")[-2500:] for path in texts if path.exists())

    def stop(self) -> int | None:
        """Quit Krita the way a user does, then its X server; gives Krita's exit status."""
        if self.alive:
            with contextlib.suppress(KritaFailed):
                self.run(quit_krita, timeout=10)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._processes[1].wait(timeout=20)
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGKILL if process is not self._processes[0] else signal.SIGTERM)
            process.wait(timeout=10)
        return self._processes[1].returncode if len(self._processes) == 2 else None

    def _wait(self, condition: Callable[[], bool], timeout: float, sentence: str) -> None:
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end or not self.alive:
                self.stop()
                raise KritaFailed(f"{sentence}\n{self.last_words()}")
            time.sleep(0.05)


def _path_with_kritas_python_first() -> str:
    # Krita's Python takes its prefix from the first `python3` on PATH; another one's has no PyQt5.
    beside = str(Path(shutil.which("krita") or "krita").parent)
    return os.pathsep.join([beside, os.environ.get("PATH", "")])


def quit_krita():  # type: ignore[no-untyped-def] # runs inside Krita, on its Python
    """Close everything without questions, and quit."""
    from krita import Krita
    from PyQt5.QtCore import QTimer

    for document in Krita.instance().documents():
        document.setModified(False)
        document.close()
    QTimer.singleShot(200, lambda: Krita.instance().action("file_quit").trigger())


@contextlib.contextmanager
def running(folder: Path, warmed: Path | None, environment: dict[str, str] | None = None) -> Iterator[Session]:
    """A prepared and started session, stopped at the end."""
    session = Session(folder, environment)
    session.prepare(warmed)
    session.start()
    try:
        yield session
    finally:
        session.stop()
