"""Shiage in Krita: layers to the local daemon, and back as new layers and frames.

Krita imports this package at its start, so nothing heavy is loaded here; gRPC comes with the first look at the daemon.
"""

from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita

from .extension import ShiageExtension
from .panel.docker import Docker

_position = getattr(DockWidgetFactoryBase, "DockPosition", DockWidgetFactoryBase)
Krita.instance().addExtension(ShiageExtension(Krita.instance()))
Krita.instance().addDockWidgetFactory(DockWidgetFactory("shiage_docker", _position.DockRight, Docker))
