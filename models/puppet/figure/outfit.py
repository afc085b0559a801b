"""What a figure wears, by name and measure."""

from __future__ import annotations

from dataclasses import dataclass

from ..ink import Rng


@dataclass(frozen=True, slots=True)
class Outfit:
    """What is worn; lengths are shares of the trunk from the neck's base (0) over the crotch (1) to the sole (2)."""

    top: str = "sweater"
    top_ease: float = 0.15
    top_hem: float = 0.95
    tucked: bool = False
    sleeve: float = 1.0
    sleeve_kind: str = "loose"
    cuff: bool = True
    collar: str = "crew"
    front: str = "none"
    over: str = "none"
    over_hem: float = 1.1
    bottom: str = "trousers"
    bottom_hem: float = 1.6
    bottom_ease: float = 0.2
    pleats: int = 0
    belt: bool = False
    socks: float = 0.0
    sock_band: bool = False
    shoes: str = "shoe"
    scarf: bool = False
    cape: bool = False
    bag: str = "none"
    tie: str = "none"
    gloves: bool = False
    straps: bool = False

    @staticmethod
    def sample(rng: Rng) -> Outfit:
        """A plausible outfit."""
        u, c = rng.uniform, rng.choice
        top = str(c(["tee", "shirt", "sweater", "hoodie", "dress", "wrap"], p=[0.2, 0.22, 0.22, 0.1, 0.18, 0.08]))
        bottom = str(c(["trousers", "shorts", "skirt", "leggings", "baggy"], p=[0.3, 0.2, 0.28, 0.1, 0.12]))
        if top == "dress":
            bottom = "none"
        over = str(c(["none", "jacket", "coat", "vest"], p=[0.68, 0.14, 0.1, 0.08]))
        hem = {
            "tee": u(0.85, 1.05),
            "shirt": u(0.85, 1.0),
            "sweater": u(0.85, 1.12),
            "hoodie": u(0.9, 1.1),
            "dress": u(1.2, 2.1),
            "wrap": u(0.95, 1.5),
        }[top]
        long_hem = {
            "trousers": u(1.75, 1.95),
            "shorts": u(1.18, 1.4),
            "skirt": u(1.15, 1.9),
            "leggings": 1.93,
            "baggy": u(1.55, 1.9),
            "none": 1.0,
        }[bottom]
        return Outfit(
            top=top,
            top_ease=float(u(0.04, 0.34) if top != "shirt" else u(0.02, 0.14)),
            top_hem=float(hem),
            tucked=bool(top in ("shirt", "tee") and rng.random() < 0.5),
            sleeve=float(c([0.0, u(0.22, 0.34), u(0.4, 0.62), 0.97], p=[0.08, 0.24, 0.1, 0.58])),
            sleeve_kind=str(c(["fitted", "loose", "puffy", "bell"], p=[0.25, 0.4, 0.2, 0.15])),
            cuff=bool(rng.random() < 0.6),
            collar=str(c(["crew", "collar", "turtle", "v", "sailor"], p=[0.3, 0.3, 0.12, 0.16, 0.12])),
            front=str(
                c(
                    ["none", "buttons", "zip", "print", "pocket", "stripes", "band"],
                    p=[0.26, 0.2, 0.1, 0.14, 0.1, 0.1, 0.1],
                )
            ),
            over=over,
            over_hem=float(u(0.85, 1.1) if over != "coat" else u(1.4, 1.85)),
            bottom=bottom,
            bottom_hem=float(long_hem),
            bottom_ease=float(u(0.05, 0.4)),
            pleats=int(c([0, 0, 5, 7, 9])),
            belt=bool(rng.random() < 0.3),
            socks=float(c([0.0, u(0.08, 0.2), u(0.3, 0.45), u(0.55, 0.75), 0.97], p=[0.32, 0.26, 0.18, 0.15, 0.09])),
            sock_band=bool(rng.random() < 0.4),
            shoes=str(c(["shoe", "sneaker", "boot", "loafer", "bare"], p=[0.24, 0.28, 0.22, 0.12, 0.14])),
            scarf=bool(rng.random() < 0.08),
            cape=bool(rng.random() < 0.07),
            bag=str(c(["none", "back", "shoulder"], p=[0.84, 0.08, 0.08])),
            tie=str(c(["none", "tie", "bow", "ribbon"], p=[0.7, 0.1, 0.12, 0.08])),
            gloves=bool(rng.random() < 0.06),
            straps=bool(bottom in ("shorts", "trousers", "skirt") and rng.random() < 0.2),
        )
