"""Values, requests and errors over the wire and back."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from shiage import errors
from shiage.client import _chunks
from shiage.errors import BadInput, BadParameters, Problem, ShiageError
from shiage.spec import (
    CanvasPoint,
    Cardinality,
    Choice,
    ColourParameter,
    Number,
    OperationSpec,
    Option,
    Port,
    Switch,
    Text,
)
from shiage.v1 import jobs_pb2 as pb
from shiage.v1 import operations_pb2, values_pb2
from shiage.values import KINDS, Blend, Clip, Colour, Facts, Frame, Kind, Mask, Palette, Raster, Regions, Swatch
from shiage.values.files import encode_picture
from shiage.wire import (
    blobs_of,
    check_request,
    decode_value,
    digest_of,
    encode_value,
    error_of,
    failure_of,
    parameters_of,
    parameters_to_proto,
    spec_to_proto,
)


class Shelf:
    """Blobs in memory."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def put(self, data: Any) -> values_pb2.Blob:
        kept = bytes(memoryview(data).cast("B"))
        sha = hashlib.sha256(kept).hexdigest()
        self.blobs[sha] = kept
        return values_pb2.Blob(sha256=sha, size=len(kept))

    def fetch(self, blob: values_pb2.Blob) -> bytes:
        return self.blobs[blob.sha256]


sides = st.tuples(st.integers(1, 9), st.integers(1, 9))
names = st.text(st.characters(codec="utf-8"), max_size=20)
rasters = st.builds(
    Raster,
    st.one_of(
        sides.flatmap(lambda s: arrays.arrays(np.uint8, (*s, 4))),
        sides.flatmap(lambda s: arrays.arrays(np.uint16, (*s, 4))),
    ),
    names,
    st.sampled_from(Blend),
    st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    st.sampled_from([b"", b"profile"]),
)
colours = st.builds(Colour, *[st.integers(0, 255)] * 4)
json_values = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5), st.lists)
values = st.one_of(
    rasters,
    st.builds(Mask, sides.flatmap(lambda s: arrays.arrays(np.uint8, s)), names),
    st.builds(
        Regions,
        sides.flatmap(lambda s: arrays.arrays(np.int32, s, elements=st.integers(0, 2**31 - 1))),
        st.lists(st.integers(1, 50), max_size=4).map(tuple),
        names,
    ),
    st.builds(Palette, st.lists(st.builds(Swatch, colours, names), max_size=4).map(tuple), names),
    st.builds(Facts, st.dictionaries(st.text(max_size=5), json_values, max_size=3), names),
    st.builds(
        lambda raster, times: Clip(tuple(Frame(t, raster, 2.0, key=t > 1) for t in sorted(times)), 12.0, "cut"),
        rasters,
        st.sets(st.integers(-5, 50).map(float), min_size=1, max_size=4),
    ),
)


@given(values)
def test_a_value_is_the_same_on_the_other_side(value: Any) -> None:
    shelf = Shelf()
    message = encode_value(value, shelf.put)
    assert {blob.sha256 for blob in blobs_of(message)} == set(shelf.blobs)
    again = encode_value(decode_value(message, shelf.fetch, "port"), shelf.put)
    assert again == message
    decoded = decode_value(message, shelf.fetch, "port")
    assert type(decoded) is type(value)
    if isinstance(value, Raster):
        assert isinstance(decoded, Raster)
        assert decoded.pixels.dtype == value.pixels.dtype
        assert np.array_equal(decoded.pixels, value.pixels)
        assert (decoded.blend, decoded.opacity, decoded.profile) == (value.blend, value.opacity, value.profile)


def test_a_picture_file_is_decoded(tmp_path: Any) -> None:
    shelf = Shelf()
    picture = Raster(np.random.default_rng(0).integers(0, 256, (5, 7, 4), np.uint8))
    picture.pixels[..., 3] = 255
    blob = shelf.put(encode_picture(picture, ".png"))
    message = values_pb2.Value(
        name="sketch", raster=values_pb2.Raster(pixels=blob, encoding=values_pb2.ENCODING_FILE, blend="multiply")
    )
    decoded = decode_value(message, shelf.fetch, "drawing")
    assert isinstance(decoded, Raster)
    assert np.array_equal(decoded.pixels, picture.pixels)
    assert (decoded.name, decoded.blend, decoded.opacity) == ("sketch", Blend.MULTIPLY, 1.0)
    message.raster.pixels.CopyFrom(shelf.put(b"no picture"))
    with pytest.raises(BadInput, match="drawing"):
        decode_value(message, shelf.fetch, "drawing")


RAW = values_pb2.ENCODING_RAW
BLOB = values_pb2.Blob(sha256="a" * 64, size=16)
WRONG: dict[str, tuple[values_pb2.Value, str]] = {
    "empty": (values_pb2.Value(), "empty"),
    "no pixels": (values_pb2.Value(mask=values_pb2.Mask(pixels=BLOB, encoding=RAW)), "no pixels"),
    "too wide": (
        values_pb2.Value(mask=values_pb2.Mask(pixels=BLOB, encoding=RAW, width=60_000, height=1)),
        "60000 x 1",
    ),
    "lying": (values_pb2.Value(mask=values_pb2.Mask(pixels=BLOB, encoding=RAW, width=5, height=5)), "25 bytes"),
    "bits": (values_pb2.Value(raster=values_pb2.Raster(pixels=BLOB, encoding=RAW, width=2, height=2, bits=7)), "not 7"),
    "hash": (values_pb2.Value(regions=values_pb2.Regions(labels={"sha256": "x", "size": 4}, width=1, height=1)), "SHA"),
    "encoding": (values_pb2.Value(raster=values_pb2.Raster(pixels=BLOB)), "neither RAW nor FILE"),
    "opacity": (values_pb2.Value(raster=values_pb2.Raster(pixels=BLOB, encoding=2, opacity=float("nan"))), "opacity"),
    "blend": (values_pb2.Value(raster=values_pb2.Raster(pixels=BLOB, encoding=2, blend="burn")), "blend mode"),
    "background": (
        values_pb2.Value(regions=values_pb2.Regions(labels=BLOB, width=2, height=2, background=[0])),
        "from 1",
    ),
    "json": (values_pb2.Value(facts=values_pb2.Facts(json="[1]")), "JSON object"),
    "infinite": (values_pb2.Value(facts=values_pb2.Facts(json='{"a": Infinity}')), "JSON object"),
    "no frames": (values_pb2.Value(clip=values_pb2.Clip(fps=24)), "no frames"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_value_is_one_sentence_with_the_input(what: str) -> None:
    message, words = WRONG[what]
    with pytest.raises(ShiageError, match=words) as caught:
        decode_value(message, lambda blob: bytes(blob.size), "the sketch")
    assert str(caught.value).startswith("the sketch: ")


def test_negative_labels_and_short_blobs_are_found_when_decoded() -> None:
    regions = values_pb2.Value(regions=values_pb2.Regions(labels=BLOB, width=2, height=2))
    with pytest.raises(BadInput, match="negative"):
        decode_value(regions, lambda blob: b"\xff" * 16, "map")
    with pytest.raises(BadInput, match="not the 16"):
        decode_value(regions, lambda blob: b"\0" * 15, "map")


SPEC = OperationSpec(
    id="weave",
    version=3,
    title="Weave",
    summary="Weaves.",
    inputs=(
        Port("warp", Kind.MASK, "Warp"),
        Port("weft", Kind.PALETTE, "Weft", cardinality=Cardinality.MANY, optional=True),
    ),
    parameters=(
        Number("gap", "Gap", None, 0, 10, 1, unit="px", integer=True),
        Number("pull", "Pull", 0.5, 0, 1, 0.1, soft_maximum=0.8),
        Choice("knot", "Knot", "reef", (Option("reef", "Reef"), Option("bowline", "Bowline"))),
        Switch("tight", "Tight", True),
        ColourParameter("dye", "Dye", Colour(1, 2, 3)),
        ColourParameter("trim", "Trim", None),
        Text("label", "Label", "", longest=9),
    ),
    outputs=(Port("cloth", Kind.RASTER, "Cloth", hidden=True),),
    points=(CanvasPoint("Shuttle", "pull", "gap", frees=("knot", "reef")),),
)


def asked(**parameters: object) -> pb.SubmitRequest:
    made = pb.SubmitRequest(operation="weave", parameters=parameters_to_proto(parameters))
    mask = values_pb2.Mask(pixels=BLOB, encoding=RAW, width=4, height=4)
    made.inputs["warp"].values.append(values_pb2.Value(mask=mask))
    return made


def test_parameters_come_as_they_were_given() -> None:
    given_ = {"gap": None, "pull": 0.25, "knot": "bowline", "tight": False, "dye": "#ff0000"}
    assert parameters_of(asked(**given_)) == given_
    checked = check_request(SPEC, asked(**given_, trim=Colour(9, 9, 9)))
    assert checked["dye"] == Colour(255, 0, 0)
    assert checked["trim"] == Colour(9, 9, 9)
    assert checked["label"] == ""


def test_everything_wrong_is_told_at_once() -> None:
    request = asked(gap=2.5, pull=3, knot="granny", tight="yes", dye="red", label="much too long", colour=1)
    request.inputs["weft"].values.extend([values_pb2.Value(facts=values_pb2.Facts(json="{}")), values_pb2.Value()])
    del request.inputs["warp"]
    request.inputs["yarn"].values.append(values_pb2.Value())
    with pytest.raises(BadParameters) as caught:
        check_request(SPEC, request)
    named = [problem.name for problem in caught.value.problems]
    assert set(named) == {"gap", "pull", "knot", "tight", "dye", "label", "colour", "weft", "warp", "yarn"}
    assert named.count("weft") == 2


def test_a_digest_is_of_what_is_meant() -> None:
    def digest(request: pb.SubmitRequest) -> str:
        return digest_of(SPEC, request, check_request(SPEC, request))

    plain = digest(asked())
    assert digest(asked(pull=0.5, knot="reef", gap=None, dye="#010203")) == plain
    empty = asked()
    empty.inputs["weft"].SetInParent()
    empty.title, empty.client, empty.priority, empty.request_key = "x", "y", pb.PRIORITY_BATCH, "z"
    assert digest(empty) == plain
    others = [asked(pull=0.6), asked(gap=0), asked(tight=False), asked(trim="#000000")]
    renamed = asked()
    renamed.inputs["warp"].values[0].name = "other"
    assert len({plain, *(digest(other) for other in [*others, renamed])}) == 6


@pytest.mark.parametrize(
    "error",
    [
        BadInput("This is wrong.", where="a.png", hint="Do that."),
        BadParameters((Problem("gap", "needs a number."), Problem("dye", "needs a colour."))),
        *(cls("Said.") for cls in ShiageError.__subclasses__() if cls is not BadParameters),
    ],
)
def test_an_error_is_the_same_on_the_other_side(error: ShiageError) -> None:
    failure = pb.Failure.FromString(failure_of(error).SerializeToString())
    again = error_of(failure)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert getattr(again, "problems", None) == getattr(error, "problems", None)


def test_an_unknown_error_is_our_own_fault() -> None:
    assert isinstance(error_of(pb.Failure(code="describe", sentence="?")), errors.Broken)
    assert failure_of(BadInput("caf\udce9.png is wrong.")).sentence == "caf?.png is wrong."


@given(st.binary(max_size=300) | st.integers(0, 1 << 17).map(bytes))
def test_chunks_by_hand_are_the_generated_codes_messages(data: bytes) -> None:
    put, chunk = pb.PutBlobRequest(chunk=data), pb.Chunk(data=data)
    assert _chunks.serialize_put(memoryview(data)) == put.SerializeToString()
    assert _chunks.parse_put(put.SerializeToString()) == data
    assert pb.Chunk.FromString(_chunks.serialize_chunk(data)) == chunk
    assert _chunks.parse_chunk(chunk.SerializeToString()) == data


def test_other_shapes_of_a_chunk_go_the_usual_way() -> None:
    header = pb.PutBlobRequest(header=BLOB)
    assert _chunks.parse_put(_chunks.serialize_put(header)) == header
    twice = pb.Chunk(data=b"a").SerializeToString() + pb.Chunk(data=b"bc").SerializeToString()
    assert _chunks.parse_chunk(twice) == b"bc"
    assert _chunks.parse_chunk(b"") == b""
    long_length = bytes((0x0A, 0x82, 0x80, 0x00)) + b"xy"
    assert _chunks.parse_chunk(long_length) == b"xy"
    with pytest.raises(DecodeError):
        _chunks.parse_put(b"\x12\xff\xff\xff\xff\xff")


def test_a_spec_says_all_of_itself() -> None:
    made = spec_to_proto(SPEC)
    assert [port.name for port in made.inputs] == ["warp", "weft"]
    assert (made.inputs[1].many, made.inputs[1].optional) == (True, True)
    fields = {parameter.name: parameter for parameter in made.parameters}
    assert fields["gap"].number.automatic
    assert fields["gap"].number.integer
    assert (fields["pull"].number.soft_minimum, fields["pull"].number.soft_maximum) == (0, 0.8)
    assert fields["knot"].choice.default_id == "reef"
    assert (fields["dye"].colour.default_value, fields["trim"].colour.automatic) == ("#010203", True)
    assert fields["label"].text.longest == 9
    assert made.outputs[0].hidden
    [point] = made.points
    assert (point.title, point.x, point.y, point.choice, point.option) == ("Shuttle", "pull", "gap", "knot", "reef")
    assert {operations_pb2.Kind.Name(kind) for kind in operations_pb2.Kind.values()[1:]} == {
        f"KIND_{kind.name}" for kind in KINDS
    }
