"""A drawn world with every label: figures as layered vector drawings, rendered with lines, flats, regions, parts,
depth, flow, shade and sketch. Deterministic by seed; needs NumPy, OpenCV and numba only."""

from .demo import CAST, DemoCharacter, demo_set
from .figure.body import Build, Pose
from .figure.character import VIEWS, Character
from .figure.outfit import Outfit
from .flow import Flow, flow, warp
from .frame import Frame, LineCover, Regions, line_cover, render
from .ink import LineStyle, hatch, screentone
from .paint import PaintStyle
from .recipes import Page, Pair, Sample, a_drawing, clip, labelled, manga_of, page, pair, sample, sketch_of, who
from .rough import Pencilled, RoughStyle, pencilled, rough
from .scene import Actor, Clip, Placement, Scene, fitted
from .shapes import PART_NAMES, Drawing, Part, Shape, Stroke, uid_of
from .stream import sample_seed, stream
from .toons.toon import Toon

__all__ = [
    "CAST",
    "PART_NAMES",
    "VIEWS",
    "Actor",
    "Build",
    "Character",
    "Clip",
    "DemoCharacter",
    "Drawing",
    "Flow",
    "Frame",
    "LineCover",
    "LineStyle",
    "Outfit",
    "Page",
    "PaintStyle",
    "Pair",
    "Part",
    "Pencilled",
    "Placement",
    "Pose",
    "Regions",
    "RoughStyle",
    "Sample",
    "Scene",
    "Shape",
    "Stroke",
    "Toon",
    "a_drawing",
    "clip",
    "demo_set",
    "fitted",
    "flow",
    "hatch",
    "labelled",
    "line_cover",
    "manga_of",
    "page",
    "pair",
    "pencilled",
    "render",
    "rough",
    "sample",
    "sample_seed",
    "screentone",
    "sketch_of",
    "stream",
    "uid_of",
    "warp",
    "who",
]
