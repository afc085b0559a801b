"""What the artist sees: preferences, panel and operators, built from what the daemon says of its operations."""

from . import operators, panel, parameters, preferences


def register() -> None:
    """Make everything known to Blender."""
    preferences.register()
    parameters.register()
    operators.register()
    panel.register()


def unregister() -> None:
    """Take it all back."""
    panel.unregister()
    operators.unregister()
    parameters.unregister()
    preferences.unregister()
