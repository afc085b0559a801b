"""A character: a costume, a face, a head of hair and a build, drawn in any pose from any side."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .. import palette
from ..curves import between, rotation, spline, tube
from ..ink import Rng
from ..shapes import Drawing, Part, Points, Shape, Stroke
from .body import Build, Pose, Skeleton, View, gesture, standing, walking
from .bottoms import bottom_shapes
from .extras import extra_shapes
from .eyes import eye_shapes
from .hair import hair_shapes
from .hairstyle import Hair
from .head import Face, HeadView, head_shapes, place_head
from .limbs import Limb, folds, foot, hand, limb_orders
from .outfit import Outfit
from .props import held_prop
from .tops import over_shapes, top_shapes
from .trunk import Trunk
from .wear import Headwear, wear_shapes

VIEWS = {"front": 0.0, "three-quarter": 40.0, "side": 90.0, "three-quarter-back": 140.0, "back": 180.0}


@dataclass(frozen=True, slots=True)
class Character:
    """One figure; equal seeds give equal figures."""

    seed: int
    build: Build
    face: Face
    hair: Hair
    outfit: Outfit
    wear: Headwear
    prop: str
    colours: dict[str, tuple[int, int, int]]

    @staticmethod
    def from_seed(seed: int, *, heads: float | None = None, outfit: Outfit | None = None) -> Character:
        """A figure drawn by lot; heads fixes its proportion (2.2 chibi .. 7.5 adult)."""
        rng = np.random.default_rng((seed, 11))
        build = Build.sample(rng)
        if heads is not None:
            build = replace(build, heads=float(heads))
        face = Face.sample(rng, build.age)
        hair = Hair.sample(rng)
        worn = Outfit.sample(rng)
        wear = Headwear.sample(rng, face.ears == "animal")
        prop = str(
            rng.choice(
                ["none", "sword", "staff", "book", "cup", "ball", "umbrella"],
                p=[0.84, 0.03, 0.03, 0.03, 0.03, 0.02, 0.02],
            )
        )
        return Character(seed, build, face, hair, outfit or worn, wear, prop, palette.costume(rng))

    def recoloured(self, seed: int) -> Character:
        """The same drawing in another colourway."""
        return replace(self, colours=palette.costume(np.random.default_rng((seed, 13))))

    def pose(self, kind: str = "stand", view: str | float = "front", rng: Rng | None = None) -> Pose:
        """kind: 'stand', 'walk' or 'gesture'; view: a name of VIEWS or degrees (negative faces left)."""
        yaw = VIEWS[view] if isinstance(view, str) else float(view)
        if kind == "stand":
            return standing(yaw, rng)
        if rng is None:
            raise ValueError(f"pose {kind!r} is drawn by lot and needs a generator")
        return walking(float(rng.random()), yaw) if kind == "walk" else gesture(rng, yaw)

    def draw(self, pose: Pose) -> Drawing:
        """The figure in figure units, feet at y = 0."""
        view = View(pose.yaw, self.build.tilt)
        sk = Skeleton.of(self.build, pose)
        trunk = Trunk(self.build, pose, sk, view)
        shapes = self._neck(sk, view)
        shapes += top_shapes(self.outfit, trunk, self.seed) + bottom_shapes(self.outfit, trunk, self.seed)
        if self.outfit.over != "none":
            shapes += over_shapes(self.outfit, trunk, self.seed)
        shapes += extra_shapes(self.outfit, trunk, self.seed)
        orders = limb_orders(sk, view)
        for side in "lr":
            shapes += self._arm(side, sk, view, pose, orders[f"arm_{side}"])
            shapes += self._leg(side, sk, view, pose, orders[f"leg_{side}"])
        chin = view(sk.neck[None])[0][0] + (0.0, self.build.chin - self.build.neck_base)
        shapes += self._head(pose, chin)
        guides = self._guides(sk, view, chin)
        drawing = Drawing(shapes, self.colours, guides)
        return moved(drawing, pose)

    def _neck(self, sk: Skeleton, view: View) -> list[Shape]:
        b = self.build
        r = b.of_age(0.031, 0.033) * b.girth**0.3
        top = sk.neck + (0.0, b.chin - b.neck_base - 0.14 * b.head, -0.05 * b.head)
        path = view(np.stack([top + (sk.neck + (0, 0.03, -0.01) - top) * f for f in np.linspace(0, 1, 7)]))[0]
        grid = tube(path, np.array([1, 1, 1, 1.02, 1.1, 1.3, 1.7]) * r, bulge=np.full(7, b.tilt * r))
        return [Shape("neck", grid, Part.NECK, "skin", 25.0, (0.0, 1.0, 0.0, 1.0), level=3, round=0.8)]

    def _head(self, pose: Pose, chin: Points) -> list[Shape]:
        view = HeadView(pose.yaw + pose.head_yaw, pose.head_pitch)
        shapes = (
            head_shapes(self.face, pose, view) + eye_shapes(self.face, pose, view) + hair_shapes(self.hair, pose, view)
        )
        shapes += wear_shapes(self.wear, self.face, view, self.hair.volume)
        return place_head(shapes, self.build.head, pose.head_roll + pose.lean * 0.6, chin)

    def _arm(self, side: str, sk: Skeleton, view: View, pose: Pose, order: float) -> list[Shape]:
        o, b = self.outfit, self.build
        limb = Limb.of(sk.arms[side], view, order)
        r = b.arm_radius()
        key = f"bare_arm_{side}"
        out = [
            limb.tube(
                f"arm_{side}",
                r,
                0.0,
                1.0,
                Part.ARM,
                "skin",
                order,
                bottom=0.0,
                level=3,
                fill_key=key,
                cap=self._cap(limb, side, pose),
            )
        ]
        if o.gloves:
            glove = hand(limb, side, pose, b, view, order + 0.2, "tie")
            glove.fill_key = f"glove_{side}"
            cuff = limb.tube(
                f"glove_{side}.cuff",
                [r[4] * 1.3, r[4] * 1.15],
                0.85,
                1.0,
                Part.HAND,
                "tie",
                order + 0.25,
                top=1.0,
                bottom=0.0,
                fill_key=f"glove_{side}",
                rows=6,
            )
            out += [glove, cuff]
        else:
            out.append(hand(limb, side, pose, b, view, order + 0.1))
        if o.sleeve <= 0:
            return self._held(out, limb, side, order)
        colour, part = ("over" if o.over in ("jacket", "coat") else "upper"), Part.UPPER_CLOTHES
        extra = b.of_age(0.033, 0.025) * (0.22 + 0.5 * o.top_ease)
        end = o.sleeve if o.over not in ("jacket", "coat") else 0.95
        base = np.interp(np.linspace(0, end, 6), np.linspace(0, 1, 5), r) + extra
        shape_of = {
            "fitted": [1.1, 1, 1, 1, 1, 1.0],
            "loose": [1.15, 1.12, 1.15, 1.2, 1.25, 1.25],
            "puffy": [1.2, 1.3, 1.35, 1.45, 1.5, 0.95],
            "bell": [1.1, 1.05, 1.15, 1.35, 1.6, 1.9],
        }
        radii = base * np.array(shape_of[o.sleeve_kind if end > 0.5 else "loose"])
        radii[0] = b.arm_radius()[0] * 1.12 + extra * 0.6
        sleeve = limb.tube(
            f"sleeve_{side}",
            radii,
            0.0,
            end,
            part,
            colour,
            order + 0.5,
            level=4,
            rows=24,
            wave=0.03 if o.sleeve_kind != "fitted" else 0.0,
            fill_key="top" if colour == "upper" else "over",
            cap=self._cap(limb, side, pose),
        )
        folds(sleeve, self.seed + (side == "l"), 4 if end > 0.5 else 1, (0.35, 0.75))
        out.append(sleeve)
        if o.cuff and end > 0.3:
            tight = radii[-1] * (1.03 if o.sleeve_kind != "puffy" else 1.05)
            out.append(
                limb.tube(
                    f"cuff_{side}",
                    [tight, tight * 0.98],
                    end - 0.07,
                    end,
                    part,
                    "upper2" if self.seed % 3 == 0 and colour == "upper" else colour,
                    order + 0.6,
                    top=1.0,
                    rows=5,
                    level=4,
                )
            )
        return self._held(out, limb, side, order)

    def _cap(self, limb: Limb, side: str, pose: Pose) -> tuple[float, float]:
        """Line weights of a shoulder's two halves: the one towards the trunk is open, except from the side."""
        if abs(np.sin(np.radians(pose.yaw))) > 0.8 or self.outfit.over in ("jacket", "coat"):
            return 1.0, 1.0
        right = (side == "l") == (np.cos(np.radians(pose.yaw)) > 0)
        d = limb.path[2] - limb.path[0]
        # The first column lies to the right of a limb that hangs down.
        first_is_right = d[1] > 0 or abs(d[0]) > abs(d[1]) * 2
        return (1.0, 0.0) if right == first_is_right else (0.0, 1.0)

    def _held(self, shapes: list[Shape], limb: Limb, side: str, order: float) -> list[Shape]:
        if side == "r" and self.prop != "none":
            shapes += held_prop(self.prop, limb.path[-1], limb.direction, order + 0.05)
        return shapes

    def _leg(self, side: str, sk: Skeleton, view: View, pose: Pose, order: float) -> list[Shape]:
        o, b = self.outfit, self.build
        limb = Limb.of(sk.legs[side], view, order)
        r = b.leg_radius()
        out = [limb.tube(f"leg_{side}", r, 0.0, 1.0, Part.LEG, "skin", order, bottom=0.0, fill_key=f"bare_leg_{side}")]
        toe = (pose.yaw + (14 if side == "l" else -14) + 180) % 360 - 180
        swing = getattr(pose, f"leg_swing_{side}") - getattr(pose, f"knee_{side}")
        pitch = float(np.clip(-swing * 0.6, -35, 35)) * abs(np.sin(np.radians(toe)))
        if o.socks > 0:
            start = 1 - o.socks
            radii = np.interp(np.linspace(start, 1, 6), np.linspace(0, 1, 5), r) + 0.0025
            sock = limb.tube(
                f"sock_{side}",
                radii,
                start,
                1.0,
                Part.STOCK,
                "sock",
                order + 0.2,
                top=1.0,
                bottom=0.0,
                rows=22,
                group=f"sock_{side}",
            )
            out.append(sock)
            if o.sock_band and o.socks < 0.9:
                out.append(
                    limb.tube(
                        f"sock_{side}.band",
                        radii[:2] + 0.0015,
                        start,
                        start + 0.05,
                        Part.STOCK,
                        "sock2",
                        order + 0.25,
                        top=1.0,
                        rows=4,
                    )
                )
        out += self._shoe(limb, side, toe, pitch, order)
        if o.bottom in ("trousers", "shorts", "leggings", "baggy"):
            end = float(np.clip(o.bottom_hem - 1.0, 0.1, 0.95)) * 1.02
            extra = b.of_age(0.05, 0.046) * (0.06 if o.bottom == "leggings" else 0.08 + 0.45 * o.bottom_ease)
            radii = np.interp(np.linspace(0, end, 6), np.linspace(0, 1, 5), r) + extra
            if o.bottom == "baggy":
                radii = radii * np.array([1.0, 1.1, 1.2, 1.3, 1.35, 0.85])
            elif o.bottom == "shorts":
                radii = radii * np.linspace(1.0, 1.14, 6)
            above = o.bottom == "baggy" or (o.shoes == "boot" and self.seed % 2)
            leg = limb.tube(
                f"trouser_{side}",
                radii,
                0.0,
                end,
                Part.LOWER_CLOTHES,
                "lower",
                order + (0.3 if above else 0.9),
                rows=24,
                fill_key="trousers",
                level=2,
                wave=0.025 if o.bottom in ("trousers", "baggy") else 0.0,
            )
            folds(leg, self.seed + 3 + (side == "l"), 3 if o.bottom != "leggings" else 1, (0.45, 0.95))
            out.append(leg)
            if o.bottom in ("shorts", "trousers") and self.seed % 4 == 0:
                out.append(
                    limb.tube(
                        f"trouser_{side}.cuff",
                        radii[-2:] * 1.05,
                        end - 0.07,
                        end + 0.01,
                        Part.LOWER_CLOTHES,
                        "lower2",
                        order + 0.95,
                        top=1.0,
                        rows=4,
                    )
                )
        return out

    def _shoe(self, limb: Limb, side: str, toe: float, pitch: float, order: float) -> list[Shape]:
        o, b = self.outfit, self.build
        if o.shoes == "bare":
            bare = foot(
                limb,
                side,
                toe,
                pitch,
                b,
                order + 0.15,
                Part.STOCK if o.socks else Part.FOOT,
                "sock" if o.socks else "skin",
                0.85,
            )
            bare.fill_key = f"sock_{side}" if o.socks else f"bare_leg_{side}"
            g = bare.grid
            if not o.socks:
                bare.strokes += [
                    Stroke(np.stack((g[-1, j] * 0.98 + g[-2, j] * 0.02, g[-3, j])), 0.7, (0, 0.6), inside=True)
                    for j in (1, 2, 3)
                ]
            return [bare]
        shoe = foot(limb, side, toe, pitch, b, order + 0.5, Part.SHOE, "shoe")
        shoe.fill_key = f"shoe_{side}"
        out = [shoe]
        g = shoe.grid
        if o.shoes != "loafer" or self.seed % 2:
            sole = between(g[-1] * 0.84 + g[-3] * 0.16, g[-1] + (g[-1] - g[-3]) * 0.05 + (0, 0.004), 2)
            out.append(Shape(f"sole_{side}", sole, Part.SHOE, "sole", order + 0.55, round=0.1, level=2))
        if o.shoes in ("sneaker", "shoe") and np.cos(np.radians(toe)) > -0.3:
            column = 3 if toe > 25 else 1 if toe < -25 else 2
            for i, row in enumerate((2, 4, 6)):
                c, wide = g[row, column], g[row, -1] - g[row, 0]
                shoe.strokes.append(
                    Stroke(np.stack((c - wide * 0.16, c + wide * 0.16)), 1.0 if i < 2 or o.shoes == "sneaker" else 0.0)
                )
        if o.shoes == "sneaker":
            shoe.strokes.append(Stroke(spline(np.stack((g[7, 0], g[6, 2], g[7, 4])), 9), 0.8, inside=True))
        if o.shoes == "boot":
            high = 0.32 + 0.3 * ((self.seed // 3) % 3) / 2
            r = b.leg_radius()
            radii = np.interp(np.linspace(1 - high, 1, 4), np.linspace(0, 1, 5), r) * 1.12 + 0.004
            out.insert(
                0,
                limb.tube(
                    f"boot_{side}",
                    radii,
                    1 - high,
                    1.0,
                    Part.SHOE,
                    "shoe",
                    order + 0.52,
                    top=1.0,
                    bottom=0.0,
                    rows=14,
                    fill_key=f"shoe_{side}",
                ),
            )
            shoe.lined = (0.0, shoe.lined[1], shoe.lined[2], shoe.lined[3])
            folds(out[0], self.seed + 9, 2, (0.6, 0.9))
        return out

    def _guides(self, sk: Skeleton, view: View, chin: Points) -> list[Points]:
        """Construction lines: head ball, face cross, trunk's axis, limbs, joints."""
        h = self.build.head
        turn = np.linspace(0, 2 * np.pi, 25)
        ball = chin + np.stack((np.cos(turn) * 0.44, np.sin(turn) * 0.44 - 0.55), axis=1) * h
        a = np.radians(view.yaw)
        cross = np.stack(
            (np.sin(a) * 0.4 * np.sin(turn[:13]) * np.sign(np.cos(a) + 1e-9), -0.55 - 0.44 * np.cos(turn[:13])), axis=1
        )
        out = [ball, chin + cross * h, chin + np.array([(-0.42, -0.4), (0.0, -0.36), (0.42, -0.4)]) * h]
        hips = view(np.stack((sk.legs["r"][0], sk.legs["l"][0])))[0]
        neck = view(sk.neck[None])[0][0]
        out += [np.stack((neck, hips.mean(axis=0))), hips, view(np.stack((sk.arms["r"][0], sk.arms["l"][0])))[0]]
        for joints in (*sk.arms.values(), *sk.legs.values()):
            p = view(joints)[0]
            out += [p, p[1] + np.stack((np.cos(turn), np.sin(turn)), axis=1) * 0.018]
        return out


def moved(drawing: Drawing, pose: Pose) -> Drawing:
    """Roll, squash (area kept) and shift of the whole figure about its feet."""
    if pose.turn == 0 and pose.stretch == 1 and pose.x == 0:
        return drawing
    m = rotation(np.radians(pose.turn)) @ np.diag([pose.stretch**-0.7, pose.stretch])
    pivot = np.array([0.0, -0.45]) if pose.turn else np.zeros(2)
    shift = pivot - m @ pivot + (pose.x, 0.0)
    return drawing.placed(np.column_stack((m, shift)))
