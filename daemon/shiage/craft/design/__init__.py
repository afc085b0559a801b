"""Reading a coloured character design: what is figure, which colour areas it is painted in."""

from shiage.craft.design.areas import ColourAreas, read_design, to_working_size

__all__ = ["ColourAreas", "read_design", "to_working_size"]
