"""Reads the clean lines in a rough drawing."""

from ._cleaner import LineReader, Reading, line_reader

__all__ = ["LineReader", "Reading", "line_reader"]
