"""Videos in and out: frames by their timestamps, colours by their tags, sound as it is."""

from ._probe import SUFFIXES, Colours, Video, is_video, look_into
from ._reading import VideoReader
from ._sound import check_sound
from ._writing import WRITTEN, Film, is_written, write_video

__all__ = [
    "SUFFIXES",
    "WRITTEN",
    "Colours",
    "Film",
    "Video",
    "VideoReader",
    "check_sound",
    "is_video",
    "is_written",
    "look_into",
    "write_video",
]
