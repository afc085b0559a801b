"""An order for the daemon: what was read from Krita, and what should be done with it. Sent by the worker thread."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from . import pixels
from .client import Client
from .pixels import Picture
from .v1 import jobs_pb2, operations_pb2, values_pb2

Parameter = Union[float, str, bool]


@dataclass
class PictureInput:
    """A layer or document as it was read (BGRA), with the opacity (0..255) that is still to be applied."""

    name: str
    picture: Picture
    opacity: int = 255


@dataclass
class FrameInput:
    """One drawing of an animated layer: its time and hold in frames, and its name."""

    time: int
    hold: int
    picture: Picture
    name: str = ""


@dataclass
class ClipInput:
    """An animated layer."""

    name: str
    frames: list[FrameInput]
    fps: float


@dataclass
class FileInput:
    """A file, which goes to the daemon as it is."""

    path: Path


@dataclass
class ResultInput:
    """What an earlier job gave: it is with the daemon already."""

    value: values_pb2.Value


Input = Union[PictureInput, ClipInput, FileInput, ResultInput]


@dataclass
class Order:
    """``coverage``: the selection (one byte a pixel) that bounds input and result; ``bits``: the depth that result
    layers should have, 0 = as they come.
    """

    operation: operations_pb2.Operation
    inputs: dict[str, list[Input]]
    parameters: dict[str, Parameter]
    title: str
    coverage: bytes | None = None
    bits: int = 0
    group: str = ""


def send(client: Client, order: Order) -> jobs_pb2.SubmitRequest:
    """Send what the order needs, and give the request that names it."""
    request = jobs_pb2.SubmitRequest(
        operation=order.operation.id, version=order.operation.version, client="krita", title=order.title
    )
    kinds = {port.name: port.kind for port in order.operation.inputs}
    for port, inputs in order.inputs.items():
        values = [_value(client, given, kinds[port], order.coverage) for given in inputs]
        request.inputs[port].CopyFrom(values_pb2.Values(values=values))
    for name, value in order.parameters.items():
        request.parameters[name].CopyFrom(parameter_value(value))
    return request


def parameter_value(value: Parameter) -> jobs_pb2.ParameterValue:
    """As the contract writes it."""
    if isinstance(value, bool):
        return jobs_pb2.ParameterValue(flag=value)
    if isinstance(value, str):
        return jobs_pb2.ParameterValue(text=value)
    return jobs_pb2.ParameterValue(number=value)


def _value(client: Client, given: Input, kind: int, coverage: bytes | None) -> values_pb2.Value:
    if isinstance(given, ResultInput):
        return given.value
    if isinstance(given, FileInput):
        return _file(client, given.path, kind)
    if isinstance(given, ClipInput):
        frames = [
            values_pb2.Frame(
                time=frame.time,
                hold=frame.hold,
                key=True,
                name=frame.name,
                raster=_raster(client, frame.picture, 255, coverage),
            )
            for frame in given.frames
        ]
        return values_pb2.Value(name=given.name, clip=values_pb2.Clip(frames=frames, fps=given.fps))
    if kind == operations_pb2.KIND_MASK:
        return values_pb2.Value(name=given.name, mask=_mask(client, given))
    if kind == operations_pb2.KIND_CLIP:
        frame = values_pb2.Frame(hold=1, key=True, raster=_raster(client, given.picture, given.opacity, coverage))
        return values_pb2.Value(name=given.name, clip=values_pb2.Clip(frames=[frame], fps=24))
    return values_pb2.Value(name=given.name, raster=_raster(client, given.picture, given.opacity, coverage))


def _raster(client: Client, picture: Picture, opacity: int, coverage: bytes | None) -> values_pb2.Raster:
    if picture.blue_first:
        pixels.swap_red_and_blue(picture)
        pixels.fade(picture.pixels, picture.bits, opacity)
        # A reference from another document has another size: the selection says nothing about it.
        if coverage is not None and len(coverage) == picture.width * picture.height:
            pixels.cover(picture.pixels, picture.bits, coverage)
    return values_pb2.Raster(
        pixels=client.put_bytes(picture.pixels),
        encoding=values_pb2.ENCODING_RAW,
        width=picture.width,
        height=picture.height,
        bits=picture.bits,
        opacity=1.0,
    )


def _mask(client: Client, given: PictureInput) -> values_pb2.Mask:
    return values_pb2.Mask(
        pixels=client.put_bytes(pixels.alpha_of(given.picture)),
        encoding=values_pb2.ENCODING_RAW,
        width=given.picture.width,
        height=given.picture.height,
    )


def _file(client: Client, path: Path, kind: int) -> values_pb2.Value:
    if kind == operations_pb2.KIND_FACTS:
        text = path.read_text(encoding="utf-8")
        json.loads(text)
        return values_pb2.Value(name=path.stem, facts=values_pb2.Facts(json=text))
    blob = client.put_file(path)
    if kind == operations_pb2.KIND_MASK:
        return values_pb2.Value(name=path.stem, mask=values_pb2.Mask(pixels=blob, encoding=values_pb2.ENCODING_FILE))
    raster = values_pb2.Raster(pixels=blob, encoding=values_pb2.ENCODING_FILE, opacity=1.0)
    return values_pb2.Value(name=path.stem, raster=raster)


def first_picture(order: Order) -> Picture | None:
    """The first picture in it; None where there is none."""
    for inputs in order.inputs.values():
        for given in inputs:
            if isinstance(given, PictureInput):
                return given.picture
            if isinstance(given, ClipInput):
                return given.frames[0].picture
    return None
