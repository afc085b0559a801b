"""Putting the plugin into Krita: find it, install, uninstall, package for Krita's own importer, look whether all is
well.

Krita need not be there for :func:`package`, and is never started.
"""

from ._install import Check, doctor, install, package, uninstall
from ._places import Place, places

__all__ = ["Check", "Place", "doctor", "install", "package", "places", "uninstall"]
