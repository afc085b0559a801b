"""Putting the plugins into the artists' hosts."""
