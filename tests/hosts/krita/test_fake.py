"""The fake Krita against the real one's surface, read from Krita's own bindings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from . import fake_krita
from .session import missing

DUMP = Path(__file__).parent / "api_dump.py"
# Methods of GroupLayer, which the fake keeps in its one Node.
_OF_GROUPS = {"passThroughMode", "setPassThroughMode"}


@pytest.mark.krita
def test_the_fake_has_nothing_that_krita_has_not() -> None:
    lacking = missing()
    if lacking:
        pytest.skip(f"Krita's bindings: {lacking}")
    ran = subprocess.run(["/usr/bin/python3", str(DUMP)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    real = {name: set(names) for name, names in json.loads(ran.stdout).items()}
    for name in ("Krita", "Document", "Node", "Selection"):
        pretended = {n for n in vars(getattr(fake_krita, name)) if not n.startswith("_")} - {"history"}
        allowed = real[name] | (real["GroupLayer"] & _OF_GROUPS if name == "Node" else set())
        assert pretended <= allowed, f"{name}: {sorted(pretended - allowed)}"
