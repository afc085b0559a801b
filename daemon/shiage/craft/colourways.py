"""Colourways to propose when nobody said which colours are wanted: hair, skin and clothes that go together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .parts import PARTS, SKIN

# Skin, hair, eyes, upper clothes, lower clothes, stockings, shoes, an accent.
_WAYS = (
    "fbe3d2 4a3b42 5b8fb0 f4efe6 2f3f66 e9e4dc 5a4038 c9453f",
    "f7d6bd d9a25f 4f8f6c 7fb0c9 f0e8da c98a5a 6b4a3a e6b84a",
    "fde8de e79aa6 b0567a f8f4ef 8f86b8 f3dfe3 4d4658 f0c35a",
    "d9a67c 2f2a30 7a5236 d9733f 3c4f49 e6d9c2 2f2c31 f2c14e",
    "fae0cf 8fa9c9 3f6ea8 2e3350 c9ced8 ffffff 23273c d94f5c",
    "f5d3b8 9c4a36 6a8a3f 5f7d58 b99b6b efe6d2 5c3f2c d8853b",
    "fcebe3 ece4dc 8c6fb5 4b4a5f 2b2a36 8c8a97 1f1e28 a8324a",
    "9a6647 241f24 3a2a20 e9c34a 2f6f78 f2efe8 7a3f2c d9503f",
    "fbe2d4 5f8f86 c98a3a f3ecd9 7b5a45 d7c9ae 4a352a 3f7f78",
    "f8d9c4 c4453f 3f8fa0 2b2b33 b8353a 2b2b33 1f1f25 e8d9c0",
    "fdeae2 7a5fa0 d97fa8 d9cfe8 5a4a80 f4f0f8 3f3358 f2a9c0",
)  # fmt: skip
WAYS = len(_WAYS)
_ON = (SKIN, ("Hair", "Eyebrow"), ("Eye",), ("Upper_clothes",), ("Lower_clothes",), ("Stock",), ("Shoe",), ())
_SHARE = (0.16, 0.2, 0.02, 0.26, 0.2, 0.06, 0.06, 0.04)


def colourway(number: int) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """The colours (n, 3) uint8 of the `number`-th colourway, their usual share of a figure (n,), and the parts that
    each is meant for, (n, 16) with sums of 1 (0 for an accent)."""
    colours = np.array([list(bytes.fromhex(digits)) for digits in _WAYS[number % len(_WAYS)].split()], np.uint8)
    parts = np.zeros((len(colours), len(PARTS)), np.float32)
    for row, names in enumerate(_ON):
        for name in names:
            parts[row, PARTS.index(name)] = 1 / len(names)
    return colours, np.array(_SHARE, np.float32), parts
