"""What the artist sees: preferences, panel and operators, built from what the daemon says of its operations."""

from . import anchors, chart, connection, look, operators, panel, parameters, preferences

PARTS = (preferences, anchors, chart, parameters, connection, look, operators, panel)


def register() -> None:
    """Make everything known to Blender."""
    for part in PARTS:
        part.register()


def unregister() -> None:
    """Take it all back."""
    for part in reversed(PARTS):
        part.unregister()
