"""One operation over many frames: what is read, what is written, and what was done already."""

from .asked import Asked
from .journal import Journal
from .runner import Runner, run_batch
from .sources import FrameSource, frames_of
from .tally import Event

__all__ = ["Asked", "Event", "FrameSource", "Journal", "Runner", "frames_of", "run_batch"]
