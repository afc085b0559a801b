"""Daemons for the tests of the service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemons import Daemon, running
from shiage.client import Client


@pytest.fixture(scope="module")
def shared_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for the tests of a module that leave it as it was."""
    with running(tmp_path_factory.mktemp("house") / "home") as daemon:
        yield daemon


@pytest.fixture
def client(shared_daemon: Daemon) -> Iterator[Client]:
    """A client of the shared daemon."""
    with shared_daemon.client() as client:
        yield client
