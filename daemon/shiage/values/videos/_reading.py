"""Frames of a video as pictures."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput
from ..raster import Raster
from ._probe import FULL, RGB, Video, opened

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# As far ahead as this a frame is reached by decoding what lies between; further ahead, from the key frame before it.
_NEAR = 100
# SWS_CS_* of each matrix: libswscale numbers BT.601 otherwise.
_SCALER = {0: 1, 1: 1, 4: 4, 6: 5, 7: 7, 9: 9}
# Of red and blue in luma.
_WEIGHTS = {1: (0.2126, 0.0722), 4: (0.3, 0.11), 6: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
_ROWS = 256  # at a time, so that a large frame is never held in floating point


class VideoReader:
    """Gives frames by their stamps. Those that are asked for in their order are decoded once; from any thread."""

    def __init__(self, video: Video) -> None:
        self.video = video
        self._places = {stamp: place for place, stamp in enumerate(video.stamps)}
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._frames: Iterator[VideoFrame] = iter(())
        self._next: int | None = None
        self._ahead: VideoFrame | None = None
        self._sought = False

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
            self._begin(stamp if place > _NEAR and not self.video.in_order else None)
        found = self._forward(stamp)
        if found is None and self._sought:
            # Where no key frame leads to it: from the beginning.
            self._begin(None)
            found = self._forward(stamp)
        return found

    def _begin(self, stamp: int | None) -> None:
        self.close()
        container, stream = self._open.enter_context(opened(self.video.path))
        self._sought = stamp is not None
        if stamp is not None:
            container.seek(stamp, stream=stream, backward=True)
        self._next = 0
        self._frames = _decoded(container, stream)
        if self.video.in_order:
            self._frames = _stamped(_decoded(container, stream, all_of_them=True), self.video.stamps)
        self._ahead = None

    def _forward(self, stamp: int) -> VideoFrame | None:
        self._next = self._places[stamp] + 1
        while (frame := self._ahead or next(self._frames, None)) is not None:
            self._ahead = None
            if frame.pts == stamp:
                return frame
            if frame.pts is not None and frame.pts > stamp:
                # There is none for this stamp; this one is for another.
                self._ahead = frame
                return None
        return None


def _stamped(frames: Iterator[VideoFrame], stamps: Sequence[int]) -> Iterator[VideoFrame]:
    """Each with the stamp of its place."""
    for frame, stamp in zip(frames, stamps, strict=False):
        frame.pts = stamp
        yield frame


def _decoded(container: InputContainer, stream: VideoStream, *, all_of_them: bool = False) -> Iterator[VideoFrame]:
    """All frames that can be decoded, but for those of which the decoder complains while it shows something.

    ``all_of_them``: behind a damaged one there is none, since nobody knows which that would be.
    """
    from av import logging
    from av.error import InvalidDataError

    damaged: set[int | None] = set()
    for packet in container.demux(stream):
        level = logging.get_level()
        logging.set_level(logging.ERROR)
        try:
            with logging.Capture() as complaints:
                frames = packet.decode()
        except InvalidDataError:
            if all_of_them:
                return
            # This frame is damaged; those behind it need not be.
            continue
        finally:
            logging.set_level(level)
        if complaints:
            if all_of_them:
                return
            damaged.add(packet.pts)
        yield from (frame for frame in frames if frame.pts not in damaged)


def _pixels(frame: VideoFrame, video: Video) -> Any:
    """(H, W, 4), full range RGB and straight alpha, upright."""
    if video.depth <= 8:
        pixels = _scaled(frame, video, "rgba").to_ndarray()
    elif video.colours.matrix == RGB:
        pixels = _scaled(frame, video, "rgba64le").to_ndarray()
    else:
        pixels = _wide(frame, video)
    # The rotation is counter-clockwise in degrees; players know quarters alone.
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4))


def _scaled(frame: VideoFrame, video: Video, layout: str) -> VideoFrame:
    """In another layout of pixels, with the colours as exact as libswscale has them."""
    from av.video.reformatter import Interpolation, VideoReformatter

    colours = video.colours
    exact = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    exact |= Interpolation.FULL_CHR_H_INP
    spread = FULL if colours.matrix == RGB else colours.range
    return VideoReformatter().reformat(
        frame,
        format=layout,
        src_colorspace=_SCALER[colours.matrix],
        dst_colorspace=_SCALER[colours.matrix],
        src_color_range=spread,
        dst_color_range=spread if layout.startswith("yuv") else FULL,
        interpolation=exact,
        threads=1,
    )


def _wide(frame: VideoFrame, video: Video) -> Any:
    """As :func:`_pixels`, of more than 8 bits: libswscale brings these to RGB with an error of 8 bits."""
    planes = _scaled(frame, video, "yuva444p16le" if video.alpha else "yuv444p16le").to_ndarray(channel_last=True)
    height, width = planes.shape[:2]
    pixels = np.full((height, width, 4), 65535, np.uint16)
    matrix = rgb_matrix(video.colours.matrix)
    shift = 16 - video.depth
    # Limited range (ITU-T H.273, 8.3): 219 and 224 steps of 256; full range: all levels that there are.
    most = ((1 << video.depth) - 1) << shift
    limited = video.colours.range != FULL
    low, luma, chroma = (16 * 256, 219 * 256, 224 * 256) if limited else (0, most, most)
    for top in range(0, height, _ROWS):
        part = planes[top : top + _ROWS].astype(np.float32)
        part[..., 0] = (part[..., 0] - low) / luma
        part[..., 1:3] = (part[..., 1:3] - 32768) / chroma
        rgb = np.clip(part[..., :3] @ matrix.T, 0, 1)
        pixels[top : top + _ROWS, :, :3] = np.rint(rgb * 65535)
        if video.alpha:
            pixels[top : top + _ROWS, :, 3] = np.rint(np.clip(part[..., 3] / most, 0, 1) * 65535)
    return pixels


def rgb_matrix(matrix: int) -> NDArray[np.float32]:
    """From Y, Cb, Cr (0..1, -0.5..0.5) to R, G, B (0..1), by the luma weights of ITU-T H.273."""
    red, blue = _WEIGHTS[matrix]
    green = 1 - red - blue
    forth = [
        [red, green, blue],
        [-red / (1 - blue) / 2, -green / (1 - blue) / 2, 0.5],
        [0.5, -green / (1 - red) / 2, -blue / (1 - red) / 2],
    ]
    return np.linalg.inv(np.array(forth)).astype(np.float32)
