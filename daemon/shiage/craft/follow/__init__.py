"""Following the regions of a drawing through a clip, so that what is coloured in one frame is coloured in all.

In order: each frame's regions with their shapes (:mod:`describe`); how well each region of one frame fits each of
another (:mod:`affinity`: shape, size, optical flow of the lines, a locally similar motion, and neighbours that
agree); which of those that fit has the same lines close about it (:mod:`candidates`); and the colours of the reference
frames spread over all of that at once (:mod:`spread`), so that a frame far from any reference is reached through the
frames between, forward and backward, and one weak link does not break a region's colour. Then again, twice: what fits
is now also asked which colours lie around it.
"""

from .affinity import Matcher, fit
from .carry import Carried, Drawing, Reference, carry_colours
from .describe import Described, describe

__all__ = ["Carried", "Described", "Drawing", "Matcher", "Reference", "carry_colours", "describe", "fit"]
