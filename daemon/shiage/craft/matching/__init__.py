"""Whose colour is whose: a sketch's regions matched with the colour areas of the character's designs."""

from shiage.craft.matching.colouring import Colouring, colour_regions, read_sheet, region_parts
from shiage.craft.matching.matcher import Affinity, Company, Matcher, Sheet
from shiage.craft.matching.page import Part, colour_page

__all__ = [
    "Affinity",
    "Colouring",
    "Company",
    "Matcher",
    "Part",
    "Sheet",
    "colour_page",
    "colour_regions",
    "read_sheet",
    "region_parts",
]
