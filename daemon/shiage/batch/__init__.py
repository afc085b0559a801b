"""One operation over many frames: what is read, what is written, and what was done already."""

from .asked import Asked
from .journal import Journal
from .runner import Runner, run_batch
from .sources import FrameSource, frames_of, left_out
from .tally import Event

__all__ = ["Asked", "Event", "FrameSource", "Journal", "Runner", "frames_of", "left_out", "run_batch"]
