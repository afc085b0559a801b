"""Pencil on paper, and what scanners and cameras make of it: from a patch of the ground to what the network sees."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from clean_up.ground import GUIDES, LINE, MIDDLE, PENCIL
from puppet.ink import noise
from shiage.nets.clean_up._see import planes_of

SIZE = 192  # pixels a side of what is learned from at once

Planes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Rng = np.random.Generator


def vary(patch: Planes, rng: Rng, size: int = SIZE) -> tuple[Planes, Planes]:
    """A patch (P, P, 4) as seen (size, size, 2) and as it should be read (size, size, 2), both uint8."""
    y, x = rng.integers(0, patch.shape[0] - size + 1, 2)
    part = patch[y : y + size, x : x + size]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    if rng.random() < 0.5:
        part = part.transpose(1, 0, 2)
    part = np.rot90(part, int(rng.integers(4)))
    return photographed(part, rng), np.ascontiguousarray(part[..., LINE : MIDDLE + 1])


def photographed(part: Planes, rng: Rng) -> Planes:
    """What the network sees of pencil and construction lines on some paper."""
    height, width = part.shape[:2]
    u = rng.uniform
    lead = part[..., PENCIL].astype(np.float32) / np.float32(255)
    guides = part[..., GUIDES].astype(np.float32) / np.float32(255)
    if rng.random() < 0.3:  # a light hand: the construction lines may be the stronger ones
        lead = lead * np.float32(u(0.4, 1))
    if rng.random() < 0.6:
        lead = lead * _tooth(height, width, float(u(0.1, 0.9)), rng)
    paper, ink = _colours(rng)
    shade = _fall(height, width, rng)[..., None] * paper / np.float32(255)
    page = np.broadcast_to(paper, (height, width, 3)) - shade
    if rng.random() < 0.5:
        page = page + (noise(height, width, float(u(1.2, 5)), int(rng.integers(1 << 16))) * float(u(0.5, 4)))[..., None]
    if rng.random() < 0.6:
        strength = np.float32(u(0.08, 0.95))
        page = _drawn(page, guides * strength, _tint(rng))
    if rng.random() < 0.12:
        page = _drawn(page, _smudge(lead, rng), ink)
    page = _captured(_drawn(page, lead, ink), rng)
    # The reader knows the paper but for an error, and the strongest ink likewise.
    known = paper - shade * np.float32(u(0.6, 1)) + np.float32(rng.normal(0, 1.5))
    away = (known - page).astype(np.float32)
    marks = np.abs(away).max(2)
    marks = marks[marks > 0.3 * max(float(marks.max()), 1)]
    strongest = float(np.percentile(marks, 95)) if marks.size > 20 else 120.0
    return planes_of(away, max(40.0, strongest * float(u(0.85, 1.25))))


def _drawn(page: Floats, cover: Floats, colour: Floats) -> Floats:
    return page * (1 - cover[..., None]) + colour * cover[..., None]


def _colours(rng: Rng) -> tuple[Floats, Floats]:
    """Of paper and ink, (3,) each."""
    paper = np.clip(rng.uniform(205, 255) + rng.normal(0, 4, 3), 180, 255)
    grey = np.clip(rng.uniform(5, 120) + rng.normal(0, 6, 3), 0, 160)
    ink = rng.uniform(20, 190, 3) if rng.random() < 0.18 else grey  # a coloured pencil or pen now and then
    return paper.astype(np.float32), ink.astype(np.float32)


def _tint(rng: Rng) -> Floats:
    """Of construction lines: blue, red or grey pencil."""
    tints = ((100, 145, 215), (215, 110, 105), (140, 140, 145), (110, 190, 135))
    tint = tints[int(rng.choice(4, p=[0.4, 0.2, 0.35, 0.05]))]
    return np.asarray(np.clip(np.array(tint) + rng.normal(0, 18, 3), 0, 255), np.float32)


def _tooth(height: int, width: int, grain: float, rng: Rng) -> Floats:
    """How much lead the tooth of the paper takes, 0..1."""
    tooth = noise(height, width, float(rng.uniform(1.0, 2.4)), int(rng.integers(1 << 16)))
    return np.asarray(np.clip(1 - grain * (0.4 + 0.45 * tooth), 0, 1), np.float32)


def _fall(height: int, width: int, rng: Rng) -> Floats:
    """Levels that the light falls short of, (height, width): a slope, or the edge of a shadow."""
    if rng.random() < 0.5:
        return np.zeros((height, width), np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = (np.cos(angle) * x + np.sin(angle) * y) / max(height, width)
    depth = float(rng.uniform(4, 45))
    if rng.random() < 0.3:
        along = 1 / (1 + np.exp(-(along - rng.uniform(-0.5, 1)) * rng.uniform(3, 12)))
    return np.asarray(depth * np.clip(along, -1, 1) - min(0.0, depth * float(along.min())), np.float32)


def _smudge(lead: Floats, rng: Rng) -> Floats:
    """Lead rubbed over the paper, or left by an eraser."""
    soft = cv2.GaussianBlur(lead, (0, 0), float(rng.uniform(4, 12)))
    return soft * np.float32(rng.uniform(0.1, 0.35))


def _captured(page: Floats, rng: Rng) -> Floats:
    """A little out of focus, resampled, noisy, compressed: (H, W, 3) float32 levels."""
    height, width = page.shape[:2]
    if rng.random() < 0.3:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), float(rng.uniform(0.4, 1.3))), np.float32)
    if rng.random() < 0.2:
        scale = float(rng.uniform(0.55, 0.9))
        small = cv2.resize(page, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        page = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    noisy = page + rng.normal(0, rng.uniform(1, 7), page.shape) if rng.random() < 0.3 else page
    levels = np.clip(noisy, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        _, data = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))])
        levels = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return levels.astype(np.float32)
