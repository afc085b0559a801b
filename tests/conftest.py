"""What every test may use: the benchmark drawings beside the checkout where they are, a home of its own."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from daemons import Daemon
    from shiage.client import Client

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


@pytest.fixture(scope="module")
def shared_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for the tests of a module that leave it as it was."""
    from daemons import running

    with running(tmp_path_factory.mktemp("house") / "home") as daemon:
        yield daemon


@pytest.fixture
def client(shared_daemon: Daemon) -> Iterator[Client]:
    """A client of the shared daemon."""
    with shared_daemon.client() as client:
        yield client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real hosts run wherever they are, unless SHIAGE_HOSTS=0; measurements in them with SHIAGE_HOSTS=all.

    Of two processes (``-n 2 --dist loadgroup``) one alone has a host; other files are kept whole.
    """
    wanted = os.environ.get("SHIAGE_HOSTS", "")
    for item in items:
        folder = item.path.parent.relative_to(ROOT / "tests").as_posix()
        item.add_marker(pytest.mark.xdist_group(folder if folder.startswith("hosts/") else item.path.stem))
        marks = {mark.name for mark in item.iter_markers()}
        if wanted == "0" and {"krita", "blender"} & marks:
            item.add_marker(pytest.mark.skip(reason="drives a real Krita or Blender, and SHIAGE_HOSTS is 0"))
        elif wanted != "all" and "measures" in marks:
            item.add_marker(pytest.mark.skip(reason="measures a real host: run it with `make hosts`"))


@pytest.fixture(scope="module")
def site() -> Iterator[None]:
    """The operations of ``site_operations`` are registered in this process too, for as long as a module's tests run."""
    from shiage import operations
    from shiage.operations import _registry

    operations.registry()
    before = dict(_registry._found)
    importlib.import_module("site_operations")
    operations.registry.cache_clear()
    yield
    _registry._found.clear()
    _registry._found.update(before)
    operations.registry.cache_clear()
    del sys.modules["site_operations"]
