"""How much memory a process has held at most."""

from __future__ import annotations

import re
from pathlib import Path


def peak() -> int:
    """The most bytes that this process has held at once since its program began, as Linux counts them.

    ``ru_maxrss`` would be wrong here: a child inherits it from the process that started it, however large that had
    grown before, so that a test late in a long run measures its tests' runner.
    """
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("this system does not say how much memory a process has held")
    return int(found[1]) * 1024
