"""Colours as character designers choose them: skin, hair and cloth families, near duplicates included."""

from __future__ import annotations

import colorsys

import numpy as np

from .ink import Rng
from .shapes import RGB, rgb_of

SKIN = (
    (255, 232, 214),
    (253, 222, 200),
    (247, 208, 180),
    (234, 188, 154),
    (205, 152, 116),
    (160, 108, 78),
    (112, 74, 56),
    (250, 228, 224),
)
HAIR = (
    (44, 38, 46),
    (74, 52, 44),
    (118, 80, 56),
    (168, 118, 76),
    (224, 188, 126),
    (240, 222, 176),
    (206, 72, 62),
    (232, 138, 150),
    (92, 98, 146),
    (52, 66, 96),
    (108, 150, 190),
    (90, 160, 150),
    (128, 102, 160),
    (196, 190, 196),
    (236, 234, 238),
    (64, 92, 72),
    (230, 150, 80),
)
CLOTH = (
    (250, 248, 244),
    (40, 40, 48),
    (70, 76, 90),
    (120, 124, 132),
    (190, 188, 186),
    (36, 50, 84),
    (60, 88, 140),
    (130, 170, 210),
    (150, 40, 48),
    (206, 74, 66),
    (236, 150, 140),
    (232, 188, 80),
    (206, 136, 66),
    (116, 82, 58),
    (210, 188, 158),
    (92, 120, 80),
    (140, 176, 140),
    (52, 106, 104),
    (104, 76, 128),
    (190, 160, 206),
    (240, 208, 216),
    (244, 234, 208),
)
LEATHER = ((58, 44, 40), (104, 70, 48), (40, 38, 44), (150, 108, 72), (236, 232, 226), (120, 40, 40), (70, 78, 96))
IRIS = (
    (70, 150, 190),
    (60, 110, 180),
    (90, 160, 110),
    (150, 100, 60),
    (170, 70, 80),
    (130, 90, 170),
    (220, 160, 60),
    (90, 90, 100),
    (50, 190, 190),
)


def vary(rgb: RGB, rng: Rng, amount: float = 0.05) -> RGB:
    """The colour moved a little in hue, saturation and value."""
    h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in rgb))
    h = (h + rng.normal(0, amount * 0.4)) % 1
    s = float(np.clip(s * (1 + rng.normal(0, amount * 2.5)), 0, 1))
    v = float(np.clip(v * (1 + rng.normal(0, amount)), 0.08, 1))
    return rgb_of(round(c * 255) for c in colorsys.hsv_to_rgb(h, s, v))


def shade(rgb: RGB, factor: float) -> RGB:
    """Darker (under 1) or lighter (over 1) relative of a colour, the hue kept."""
    c = np.array(rgb, dtype=np.float64)
    out = c * factor if factor <= 1 else 255 - (255 - c) / factor
    return rgb_of(round(v) for v in np.clip(out, 0, 255))


def pick(rng: Rng, family: tuple[RGB, ...], amount: float = 0.05) -> RGB:
    """One colour of a family, varied."""
    return vary(family[int(rng.integers(len(family)))], rng, amount)


def costume(rng: Rng) -> dict[str, RGB]:
    """Colours of all slots of one character."""
    skin = pick(rng, SKIN[:4] if rng.random() < 0.75 else SKIN, 0.03)
    hair = pick(rng, HAIR, 0.08)
    upper, lower, over = (pick(rng, CLOTH) for _ in range(3))
    if rng.random() < 0.15:
        lower = shade(upper, float(rng.choice([0.9, 1.12])))
    if rng.random() < 0.15:
        over = shade(upper, 0.85)
    second = vary(lower, rng) if rng.random() < 0.3 else pick(rng, CLOTH)
    if rng.random() < 0.06:
        # A strongly coloured palette, as toons have it.
        upper, lower, over, hair = (
            vary(rgb_of(round(c * 255) for c in colorsys.hsv_to_rgb(rng.random(), 0.8, 0.9)), rng) for _ in range(4)
        )
    iris = pick(rng, IRIS, 0.08)
    return {
        "skin": skin,
        "hair": hair,
        "hair_in": shade(hair, 0.72),
        "hair2": shade(hair, 1.35) if rng.random() < 0.7 else pick(rng, HAIR),
        "eye_white": (255, 254, 252) if rng.random() < 0.7 else (236, 238, 244),
        "iris": iris,
        "pupil": shade(iris, 0.35),
        "iris_low": shade(iris, 1.6),
        "glint": (255, 255, 255),
        "brow": shade(hair, 0.7),
        "lash": shade(hair, 0.35),
        "mouth": (168, 66, 62),
        "tongue": (226, 124, 118),
        "teeth": (252, 250, 248),
        "lip": shade(skin, 0.8),
        "upper": upper,
        "upper2": second,
        "lower": lower,
        "lower2": shade(lower, 0.8),
        "over": over,
        "over2": shade(over, 1.3) if rng.random() < 0.5 else pick(rng, CLOTH),
        "lining": shade(over, 0.62),
        "collar": upper if rng.random() < 0.5 else pick(rng, CLOTH),
        "tie": pick(rng, CLOTH),
        "sock": pick(rng, CLOTH),
        "sock2": pick(rng, CLOTH),
        "shoe": pick(rng, LEATHER),
        "sole": pick(rng, CLOTH, 0.02),
        "lace": (244, 242, 238),
        "belt": pick(rng, LEATHER),
        "metal": (214, 206, 180),
        "hat": pick(rng, CLOTH),
        "ribbon": pick(rng, CLOTH[8:13]),
        "bag": pick(rng, LEATHER),
        "button": pick(rng, CLOTH),
        "prop": pick(rng, CLOTH),
        "prop2": pick(rng, CLOTH),
        "fur": shade(hair, 1.1),
        "inner_ear": shade(skin, 0.88),
        "glass": (40, 40, 46),
    }
