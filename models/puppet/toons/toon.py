"""Toon mascots, animals and things that move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..figure.body import Pose, gesture, standing, walking
from ..figure.character import moved
from ..ink import Rng
from ..palette import CLOTH, pick, shade
from ..shapes import Drawing
from .animals import bird, fish, quadruped
from .mascots import fist, mascot, thing
from .vehicles import vehicle

KINDS = ("mascot", "quadruped", "bird", "fish", "thing", "vehicle", "hand")


@dataclass(frozen=True, slots=True)
class Toon:
    """A mascot, animal or thing; equal seeds give equal toons. spec: its measures, by name."""

    seed: int
    kind: str
    spec: dict[str, float]
    colours: dict[str, tuple[int, int, int]]

    @staticmethod
    def from_seed(seed: int, kind: str | None = None) -> Toon:
        """A toon by lot."""
        rng = np.random.default_rng((seed, 17))
        kind = kind or str(rng.choice(KINDS, p=[0.34, 0.18, 0.12, 0.08, 0.12, 0.1, 0.06]))
        names = (
            "wide",
            "tall",
            "top",
            "low",
            "limb",
            "eye",
            "mouth",
            "ear",
            "spots",
            "tail",
            "hat",
            "bend",
            "stripe",
            "cheek",
            "belly",
            "extra",
        )
        base = pick(rng, CLOTH[6:], 0.12)
        colours = {
            "body": base,
            "belly": shade(base, 1.7),
            "limb": base if rng.random() < 0.5 else pick(rng, CLOTH),
            "eye_white": (255, 255, 255),
            "pupil": (36, 34, 40),
            "mouth": (150, 50, 56),
            "tongue": (230, 120, 120),
            "glint": (255, 255, 255),
            "second": pick(rng, CLOTH, 0.1),
            "third": pick(rng, CLOTH, 0.1),
            "shoe": pick(rng, CLOTH),
            "metal": (205, 205, 210),
            "dark": (52, 50, 58),
            "prop": pick(rng, CLOTH),
            "prop2": pick(rng, CLOTH),
            "lace": (244, 242, 238),
            "glass": (190, 220, 235),
        }
        return Toon(seed, kind, {n: float(rng.random()) for n in names}, colours)

    def recoloured(self, seed: int) -> Toon:
        """The same drawing in another colourway."""
        return Toon(self.seed, self.kind, self.spec, Toon.from_seed(seed).colours)

    def pose(self, kind: str = "stand", view: str | float = 0.0, rng: Rng | None = None) -> Pose:
        """As `Character.pose`; a toon is drawn from its front only, the view moves its face a little."""
        yaw = 0.0 if isinstance(view, str) else float(view)
        if kind == "stand" or rng is None:
            return standing(yaw, rng)
        return walking(float(rng.random()), yaw) if kind == "walk" else gesture(rng, yaw)

    def draw(self, pose: Pose) -> Drawing:
        """The toon in figure units, its ground at y = 0."""
        make = {
            "mascot": mascot,
            "quadruped": quadruped,
            "bird": bird,
            "fish": fish,
            "thing": thing,
            "vehicle": vehicle,
            "hand": fist,
        }
        return moved(Drawing(make[self.kind](self.spec, pose), self.colours), pose)
