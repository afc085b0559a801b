"""Shiage: ink and paint for drawn art."""

__version__ = "0.1.0"
