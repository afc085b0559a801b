"""Frames of a video as pictures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import BadInput
from ..raster import Raster
from ._probe import FULL, RGB, Video, opened

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

# As far ahead as this a frame is reached by decoding what lies between; further ahead, from the key frame before it.
_NEAR = 100
# SWS_CS_* of each matrix: libswscale numbers BT.601 otherwise.
_SCALER = {0: 1, 1: 1, 4: 4, 6: 5, 7: 7, 9: 9}


class VideoReader:
    """Gives frames by their stamps. Those that are asked for in their order are decoded once; from any thread."""

    def __init__(self, video: Video) -> None:
        self.video = video
        self._places = {stamp: place for place, stamp in enumerate(video.stamps)}
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._frames: Iterator[VideoFrame] = iter(())
        self._next: int | None = None

    def close(self) -> None:
        """Until it is asked again."""
        self._open.close()
        self._next = None

    def read(self, stamp: int, name: str = "") -> Raster:
        """The frame that is shown from ``stamp`` on: upright, full range RGB, 8 bit, or 16 where the video has more.

        BadInput where it can't be decoded.
        """
        from av.error import FFmpegError

        with self._lock:
            try:
                frame = self._find(stamp)
            except FFmpegError as error:
                self.close()
                raise self._damaged(name) from error
            if frame is None or frame.is_corrupt:
                raise self._damaged(name)
            if (frame.width, frame.height) != self.video.size:
                raise BadInput(
                    f"is {frame.width} x {frame.height}, the video {self.video.size[0]} x {self.video.size[1]}.",
                    where=name,
                    hint="Frames of one video have one size.",
                )
            return Raster(_pixels(frame, self.video), name)

    def _damaged(self, name: str) -> BadInput:
        return BadInput(
            "This frame can't be decoded: the video is damaged here.",
            where=f"{self.video.path}: {name}" if name else str(self.video.path),
            hint="Copy the video again.",
        )

    def _find(self, stamp: int) -> VideoFrame | None:
        place = self._places[stamp]
        if self._next is None or place < self._next or place > self._next + _NEAR:
            self._begin(stamp if place > _NEAR else None)
        found = self._forward(stamp)
        if found is None and place > _NEAR:
            # Where no key frame leads to it: from the beginning.
            self._begin(None)
            found = self._forward(stamp)
        return found

    def _begin(self, stamp: int | None) -> None:
        self.close()
        container, stream = self._open.enter_context(opened(self.video.path))
        if stamp is not None:
            container.seek(stamp, stream=stream, backward=True)
        self._frames = container.decode(stream)

    def _forward(self, stamp: int) -> VideoFrame | None:
        for frame in self._frames:
            if frame.pts is None:
                continue
            with suppress(KeyError):
                self._next = self._places[frame.pts] + 1
            if frame.pts == stamp:
                return frame
            if frame.pts > stamp:
                return None
        return None


def _pixels(frame: VideoFrame, video: Video) -> Any:
    """(H, W, 4), full range RGB and straight alpha, upright."""
    from av.video.reformatter import Interpolation, VideoReformatter

    colours = video.colours
    wide = video.depth > 8
    exact = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    exact |= Interpolation.FULL_CHR_H_INP
    matrix = _SCALER[colours.matrix]
    turned = VideoReformatter().reformat(
        frame,
        format="rgba64le" if wide else "rgba",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=FULL if colours.matrix == RGB else colours.range,
        dst_color_range=FULL,
        interpolation=exact,
        threads=1,
    )
    pixels = turned.to_ndarray()
    # The rotation is counter-clockwise in degrees; players know quarters alone.
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4))
