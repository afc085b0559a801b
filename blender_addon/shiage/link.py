"""The daemon's thin client, as this add-on carries it: ``client``, ``jobs``, ``operations`` and ``values``.

A packaged add-on has a copy in ``vendored/``. In a checkout the client is taken from where it is developed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent / "daemon" / "shiage"


def _home() -> str:
    """The package in which ``client`` and ``v1`` lie."""
    name = __package__ + ".vendored"
    if (HERE / "vendored").is_dir() or name in sys.modules:
        return name
    spec = importlib.util.spec_from_file_location(
        name, str(CHECKOUT / "__init__.py"), submodule_search_locations=[str(CHECKOUT)]
    )
    if spec is None or not CHECKOUT.is_dir():
        raise ImportError("This copy of the Shiage add-on is incomplete. Install it again.")
    sys.modules[name] = importlib.util.module_from_spec(spec)
    return name


def _bundled_packages() -> None:
    """A legacy add-on has no wheels from its host: it brings grpc and protobuf along in ``packages/``."""
    packages = HERE / "packages"
    if packages.is_dir() and importlib.util.find_spec("grpc") is None:
        sys.path.append(str(packages))


def _load(name: str) -> ModuleType:
    return importlib.import_module(_home() + "." + name)


_bundled_packages()
client = _load("client")
jobs = _load("v1.jobs_pb2")
operations = _load("v1.operations_pb2")
values = _load("v1.values_pb2")
