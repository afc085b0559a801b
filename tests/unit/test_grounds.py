"""What all training grounds share: seeds drawn once each, files that are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grounds import Arrays, draw_many, save, whole, write_many


def drawn(seed: int) -> Arrays | None:
    """Every third seed gives nothing."""
    return {"square": np.array(seed**2), "row": np.arange(seed, dtype=np.uint8)} if seed % 3 else None


def refused(seed: int) -> Arrays | None:
    raise AssertionError(f"{seed} is there already")


def test_each_seed_has_its_file_and_what_is_there_is_kept(tmp_path: Path) -> None:
    assert write_many(drawn, range(1, 6), tmp_path / "ground", 1) == 4
    assert sorted(path.name for path in (tmp_path / "ground").iterdir()) == ["1.npz", "2.npz", "4.npz", "5.npz"]
    with np.load(tmp_path / "ground" / "4.npz") as held:
        assert int(held["square"]) == 16
        assert held["row"].tolist() == [0, 1, 2, 3]
    assert write_many(refused, (1, 2, 4, 5), tmp_path / "ground", 1) == 0


def test_what_is_not_finished_has_no_name(tmp_path: Path) -> None:
    save(tmp_path / "a.npz", {"x": np.zeros(3)})
    first = (tmp_path / "a.npz").read_bytes()
    with pytest.raises(KeyboardInterrupt), whole(tmp_path / "a.npz") as file:  # noqa: PT012
        file.write(b"half")
        raise KeyboardInterrupt
    assert (tmp_path / "a.npz").read_bytes() == first


def test_drawings_come_in_order_and_a_mistake_is_raised_here() -> None:
    assert list(draw_many(abs, (-3, 2, -1), 1)) == [3, 2, 1]
    with pytest.raises(AssertionError, match="7 is there"):
        list(draw_many(refused, [7], 1))
