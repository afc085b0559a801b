"""What may come through the door, whoever sends it."""

from __future__ import annotations

# The largest picture (values/limits.py) at 16 bit.
LARGEST_BLOB = 2 << 30

LONGEST_NAME = 1000
LONGEST_FACTS = 4 << 20
MOST_SWATCHES = 65536
MOST_STROKE_TABLE = 4096
MOST_VALUES = 4096
MOST_FRAMES = 4096
MOST_BACKGROUND = 1 << 20
