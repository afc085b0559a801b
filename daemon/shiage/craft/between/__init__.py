"""The frame between two drawn keys.

In order: each key's areas of one paint, and its lines (:mod:`read`); which area is which in the other key
(:mod:`partners`; :mod:`halves`, two that are one there), how it moves (:mod:`motions`, by outlines,
:mod:`registration`; :mod:`judge` weighs what pictures, :mod:`evidence`, and borders, :mod:`borders`, say against each),
bends (:mod:`bending`) and who is before whom (:mod:`plan`); the layers painted where they have got to (:mod:`layers`,
:mod:`painting`), and the lines (:mod:`lines`) over them (:mod:`carrying`; :mod:`meeting`, on to the other key's;
:mod:`strokes`, those that no area leads; :mod:`run_in`, those that run into another thing in a key).
What could not be followed (:mod:`trust`) is drawn whole from one key (:mod:`whole`), what is not made of areas by dense
flow (:mod:`flow`) or a network.
:mod:`frame` puts it together; :mod:`ground` brings both keys to one paper before, and :mod:`exposure` says where new
drawings stand in a clip.
"""

from .frame import KEPT, Drawn, Guess, Pair, Style

__all__ = ["KEPT", "Drawn", "Guess", "Pair", "Style"]
