"""Specs: built right or not at all, checked against functions and requests."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiage.errors import BadInput, BadParameters
from shiage.operations import registry
from shiage.spec import (
    CanvasPoint,
    Cardinality,
    Choice,
    ColourParameter,
    Number,
    OperationSpec,
    Option,
    ParameterValue,
    Port,
    Switch,
    Text,
    Work,
    check_inputs,
    check_parameters,
    check_signature,
    json_schema,
)
from shiage.values import Colour, Kind, Mask, Raster

SPEC = OperationSpec(
    id="tint",
    version=1,
    title="Tint",
    summary="Tints a drawing.",
    inputs=(
        Port("drawing", Kind.RASTER, "Drawing"),
        Port("extra", Kind.RASTER, "Extra", cardinality=Cardinality.MANY, optional=True),
        Port("mask", Kind.MASK, "Mask", optional=True),
    ),
    parameters=(
        Number("strength", "Strength", 0.5, 0.0, 1.0, 0.1),
        Number("radius", "Radius", None, 0, 100, 1, unit="px", integer=True),
        Choice("mode", "Mode", "soft", (Option("soft", "Soft"), Option("hard", "Hard"))),
        Switch("invert", "Invert", False),
        ColourParameter("colour", "Colour", Colour(255, 0, 0)),
        Text("note", "Note", "", longest=20, pattern="[a-z ]*"),
    ),
    outputs=(Port("picture", Kind.RASTER, "Picture"),),
)


class Tinted(NamedTuple):
    picture: Raster


def tint(
    drawing: Raster,
    extra: tuple[Raster, ...],
    mask: Mask | None,
    *,
    strength: float,
    radius: int | None,
    mode: str,
    invert: bool,
    colour: Colour,
    note: str,
    work: Work,
) -> Tinted:
    return Tinted(drawing)


def picture() -> Raster:
    return Raster(np.zeros((2, 3, 4), np.uint8))


def test_a_function_that_fits_its_spec_is_taken() -> None:
    check_signature(SPEC, tint)


def test_every_way_of_not_fitting_is_refused() -> None:
    def lacks(drawing: Raster, *, work: Work) -> Tinted:
        return Tinted(drawing)

    def default(drawing: Raster, *, work: Work = Work()) -> Tinted:  # noqa: B008  # the mistake under test
        return Tinted(drawing)

    def wrong_type(drawing: Mask, *, work: Work) -> Tinted:
        return Tinted(picture())

    def wrong_result(drawing: Raster, *, work: Work) -> Raster:
        return drawing

    small = OperationSpec("x", 1, "X", "X.", (Port("drawing", Kind.RASTER, "D"),), (), SPEC.outputs)
    with pytest.raises(TypeError, match="lacks parameter"):
        check_signature(SPEC, lacks)
    for function, sentence in ((default, "defaults"), (wrong_type, "drawing"), (wrong_result, "NamedTuple")):
        with pytest.raises(TypeError, match=sentence):
            check_signature(small, function)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "Bad Id"},
        {"version": 0},
        {"summary": ""},
        {"inputs": ()},
        {"outputs": ()},
        {"inputs": SPEC.inputs * 2},
        {"points": (CanvasPoint("Light", "strength", "mode"),)},
        {"points": (CanvasPoint("Light", "strength", "radius", frees=("mode", "loud")),)},
    ],
)
def test_a_wrong_spec_is_an_import_error(change: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        OperationSpec(**{**{f: getattr(SPEC, f) for f in SPEC.__dataclass_fields__}, **change})


def test_reserved_names_are_refused() -> None:
    with pytest.raises(TypeError, match="reserved"):
        OperationSpec("x", 1, "X", "X.", (Port("out", Kind.RASTER, "O"),), (), SPEC.outputs)


def test_defaults_fill_in() -> None:
    assert check_parameters(SPEC, {"strength": 1}) == {
        "strength": 1.0,
        "radius": None,
        "mode": "soft",
        "invert": False,
        "colour": Colour(255, 0, 0),
        "note": "",
    }


def test_one_problem_for_each_wrong_parameter() -> None:
    wrong = {"strength": 2, "radius": 1.5, "mode": "no", "invert": 1, "colour": "red", "note": "A", "what": 1}
    with pytest.raises(BadParameters) as caught:
        check_parameters(SPEC, wrong)
    assert sorted(problem.name for problem in caught.value.problems) == sorted(wrong)
    assert all(problem.sentence.endswith((".", ")")) for problem in caught.value.problems)


@given(
    st.dictionaries(
        st.sampled_from([p.name for p in SPEC.parameters]), st.none() | st.floats() | st.text() | st.booleans()
    )
)
def test_whatever_is_sent_is_either_taken_in_range_or_named(given_values: dict[str, object]) -> None:
    values: dict[str, ParameterValue] = {}
    try:
        values = check_parameters(SPEC, given_values)
    except BadParameters as error:
        named = {problem.name for problem in error.problems}
    else:
        named = set()
    assert named <= set(given_values)
    if not named:
        strength = values["strength"]
        assert isinstance(strength, float)
        assert 0 <= strength <= 1
        assert not math.isnan(strength)


def test_inputs_are_one_many_or_none() -> None:
    ready = check_inputs(SPEC, {"drawing": [picture()]})
    assert isinstance(ready["drawing"], Raster)
    assert ready["extra"] == ()
    assert ready["mask"] is None


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        ({}, "drawing"),
        ({"drawing": [picture(), picture()]}, "drawing"),
        ({"drawing": [Mask(np.zeros((2, 2), np.uint8))]}, "drawing"),
        ({"drawing": [picture()], "sketch": [picture()]}, "sketch"),
    ],
)
def test_wrong_inputs_are_named(inputs: dict[str, list[Any]], name: str) -> None:
    with pytest.raises(BadParameters) as caught:
        check_inputs(SPEC, inputs)
    assert [problem.name for problem in caught.value.problems] == [name]


def test_the_json_schema_agrees_with_the_check() -> None:
    schema = json_schema(SPEC)
    jsonschema.Draft202012Validator.check_schema(schema)
    good = {"strength": 0.2, "radius": None, "mode": "hard", "invert": True, "colour": "#00ff00", "note": "a b"}
    jsonschema.validate(good, schema)
    check_parameters(SPEC, good)
    for name, value in {"strength": 2, "radius": "x", "mode": "no", "invert": 1, "colour": "red", "note": "A"}.items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({name: value}, schema)
        with pytest.raises(BadParameters):
            check_parameters(SPEC, {name: value})


def test_every_operation_of_the_registry_has_a_valid_schema() -> None:
    assert registry()
    for found in registry().values():
        jsonschema.Draft202012Validator.check_schema(json_schema(found.spec))
        check_parameters(found.spec, {p.name: p.default for p in found.spec.parameters if p.default is not None})


def test_a_colour_reads_what_it_writes() -> None:
    for text in ("#ffcc99", "#ffcc9980"):
        assert str(Colour.parse(text)) == text
    with pytest.raises(BadInput):
        Colour.parse("#ffcc9")
