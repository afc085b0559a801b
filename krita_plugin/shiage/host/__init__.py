"""The only part of the plugin that touches Krita. All of it belongs to the GUI thread."""
