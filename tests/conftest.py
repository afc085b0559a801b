"""What every test may use: the benchmark drawings beside the checkout where they are, a home of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# The same examples in every run, however slow the machine.
settings.register_profile("shiage", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shiage")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of benchmark drawings; the test is skipped where it is absent."""
    folder = Path(os.environ.get("SHIAGE_SHARED", ROOT.parent / "shared"))
    if not (folder / "bench").is_dir():
        pytest.skip("the benchmark drawings (../shared) are not here")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty SHIAGE_HOME."""
    folder = tmp_path / "home"
    monkeypatch.setenv("SHIAGE_HOME", str(folder))
    return folder
