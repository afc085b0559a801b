"""Colours as the eye tells them apart: CIELAB and CIEDE2000."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def to_lab(rgb: NDArray[np.uint8]) -> Floats:
    """sRGB uint8, shape (..., 3), to CIELAB float32 (D65, L 0..100)."""
    flat = np.ascontiguousarray(rgb.reshape(1, -1, 3).astype(np.float32) / 255)
    if flat.size == 0:
        return np.zeros(rgb.shape, np.float32)
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2LAB), np.float32).reshape(rgb.shape)


def difference(lab_a: NDArray[np.floating], lab_b: NDArray[np.floating]) -> NDArray[np.float64]:
    """CIEDE2000 of two broadcastable arrays of CIELAB colours (..., 3); kL = kC = kH = 1.

    After Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005.
    """
    light_a, a_a, b_a = np.moveaxis(np.asarray(lab_a, np.float64), -1, 0)
    light_b, a_b, b_b = np.moveaxis(np.asarray(lab_b, np.float64), -1, 0)
    stretch = 1.5 - 0.5 * np.sqrt(_seventh((np.hypot(a_a, b_a) + np.hypot(a_b, b_b)) / 2))
    chroma_a, chroma_b = np.hypot(a_a * stretch, b_a), np.hypot(a_b * stretch, b_b)
    hue_a, hue_b = np.arctan2(b_a, a_a * stretch), np.arctan2(b_b, a_b * stretch)
    turn = (hue_b - hue_a + np.pi) % (2 * np.pi) - np.pi
    turn = np.where(chroma_a * chroma_b == 0, 0, turn)
    hue = np.degrees(hue_a + turn / 2)
    light, chroma = (light_a + light_b) / 2, (chroma_a + chroma_b) / 2
    by_hue = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    d_light = (light_b - light_a) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    d_chroma = (chroma_b - chroma_a) / (1 + 0.045 * chroma)
    d_hue = 2 * np.sqrt(chroma_a * chroma_b) * np.sin(turn / 2) / (1 + 0.015 * chroma * by_hue)
    off_blue = ((hue % 360) - 275) / 25
    rotation = -2 * np.sqrt(_seventh(chroma)) * np.sin(np.radians(60 * np.exp(-(off_blue**2))))
    total = d_light**2 + d_chroma**2 + d_hue**2 + rotation * d_chroma * d_hue
    return np.asarray(np.sqrt(np.maximum(total, 0)), np.float64)


def _seventh(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    power = chroma**7
    return np.asarray(power / (power + 25.0**7), np.float64)
