"""What artists' files have beside plain strokes, in real Blenders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shiage.client import Client

from .conftest import Blender

pytestmark = pytest.mark.blender


def test_rigs_curves_groups_and_slots(
    blender: Blender, packed: dict[bool, Path], running_daemon: Client, tmp_path: Path
) -> None:
    facts = blender.run("artist.py", packed[blender.legacy], tmp_path)
    # A drawing between is in the keys' vertex groups, its fills too, and follow the armature.
    assert facts["weight_names"] == ["Arm.R", "Left"]
    assert max(facts["weights_off"]) < 0.02  # type: ignore[call-overload]  # a JSON list
    assert max(facts["fills_off"]) < 0.02  # type: ignore[call-overload]
    assert facts["left_behind"] == [0, 0]
    assert facts["armature_moves"] == pytest.approx([5, 5], abs=0.1)
    # Strokes keep their slots, whatever is in these.
    materials: dict[str, list[object]] = facts["materials"]  # type: ignore[assignment]  # a JSON object
    assert materials == {name: [[3, 1], True] for name in ("linked", "emptied", "doubled", "<lambda>")}
    # Fills go along with what their lines hang on, and the camera sees them there.
    parents: dict[str, list[float]] = facts["parents"]  # type: ignore[assignment]
    assert list(parents) == ["object", "bone"]
    assert max(max(off) for off in parents.values()) < 0.15
    true, painted = facts["camera"]  # type: ignore[misc]  # a JSON list
    assert painted == pytest.approx(true, abs=0.02)
    assert facts["ended"] == {"5": 2, "9": 2, "13": 0}
    assert facts["again"] == {"5": 4, "9": 2, "13": 0, "17": 2}
    assert facts["blink"] == [[1, 4, 9], [1, 5, 9]]
    assert "Layer 'Shiage Flats' is locked" in str(facts["locked"])
    # Nothing is drawn into another file's drawings, where it would be lost; pictures of them are made.
    refused: dict[str, str] = facts["refused"]  # type: ignore[assignment]
    assert refused.pop("flats") == ""
    assert all("another file's" in said for said in refused.values()), refused
    early, held, later = facts["early"]  # type: ignore[misc]  # a JSON list
    assert "before frame 0" in early
    assert "before frame 0" in held
    assert later == ""
    assert facts["linked_keys"] == [[1, 9]] * len(facts["linked_keys"])  # type: ignore[arg-type]
    if blender.legacy or "curves" not in facts:
        return
    # Curves come as they are shown; a straight one stays what it is.
    curves: dict[str, dict[str, object]] = facts["curves"]  # type: ignore[assignment]
    low, high = curves["BEZIER"]["away"]  # type: ignore[misc]  # a JSON list
    assert (low, high) == (pytest.approx(2, abs=0.01), pytest.approx(2, abs=0.01))
    assert curves["BEZIER"]["area"] == pytest.approx(4 * np.pi, rel=0.02)
    assert curves["CATMULL_ROM"]["area"] > 10  # type: ignore[operator]  # a number
    assert curves["NURBS"]["area"] < curves["POLY"]["area"]  # type: ignore[operator]  # within its points
    assert [curves[kind]["points"] for kind in curves] == [48, 48, 48, 4]
    assert {kind: curve["type"] for kind, curve in curves.items()} == dict.fromkeys(curves, 1)
    assert [curve["key_kept"] for curve in curves.values()] == [2, 0, 3, 1]
    assert facts["tied"] == [24, [-2, 0, 0]]
    assert facts["selected_again"] == [False, False, True, False]
    # What is in a hidden or locked group stays as it is.
    groups: dict[str, list[list[int]]] = facts["groups"]  # type: ignore[assignment]
    assert groups == {name: [[1, 9], [1, 5, 9]] for name in ("hide", "hide nested", "lock", "lock nested")}
