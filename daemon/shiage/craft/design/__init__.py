"""Reading a coloured character design: what is figure, which colour areas it is painted in."""

from shiage.craft.design.areas import ColourAreas, read_design

__all__ = ["ColourAreas", "read_design"]
