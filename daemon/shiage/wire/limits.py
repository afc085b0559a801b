"""What may come through the door, whoever sends it."""

from __future__ import annotations

# A picture's side and area. 16384 x 16384 at 16 bit is 2 GiB, the largest blob.
LONGEST_SIDE = 32768
MOST_PIXELS = 1 << 28
LARGEST_BLOB = 2 << 30

LONGEST_NAME = 1000
LONGEST_FACTS = 4 << 20
MOST_SWATCHES = 65536
MOST_VALUES = 4096
MOST_BACKGROUND = 1 << 20
