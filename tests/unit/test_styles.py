"""Styles learned from a page: kept, used by `colorize`, resumed, forgotten, and never trusted blindly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file

from drawings import coloured_figure, figure, save
from shiage import operations, styles
from shiage.cli.train import train
from shiage.errors import BadInput, MissingWeights, NotFound
from shiage.nets.colorize import train_style
from shiage.values import Raster


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two crops in place of many."""
    from shiage.nets import colorize

    def quick(pages: object, folder: Path, **how: object) -> None:
        train_style(pages, folder, crops=2, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(colorize, "train_style", quick)


def test_a_style_is_learned_used_listed_and_forgotten(home: Path, few: None, tmp_path: Path) -> None:
    page = save(coloured_figure(), tmp_path / "page.png")
    done = CliRunner().invoke(
        train, ["style", "ink & wash", str(page), "--epochs", "2", "--json"], catch_exceptions=False
    )
    assert json.loads(done.stdout)["name"] == "ink & wash"
    assert [style.name for style in styles.styles()] == ["ink & wash"]
    stored = load_file(styles.get("ink & wash").folder / "style.safetensors")
    assert all(np.isfinite(value).all() for value in stored.values())
    drawing = {"drawing": (Raster(figure(), "line"),)}
    own = operations.run("colorize", drawing, {"style": "ink & wash"})["picture"][0]
    shipped = operations.run("colorize", drawing, {})["picture"][0]
    assert (own.pixels != shipped.pixels).any()  # type: ignore[union-attr]
    CliRunner().invoke(train, ["remove", "ink & wash"], catch_exceptions=False)
    assert styles.styles() == []
    with pytest.raises(NotFound):
        styles.get("ink & wash")


def test_a_stopped_training_goes_on(home: Path, few: None) -> None:
    seen: list[float] = []

    class Stop(Exception):
        pass

    def until(done: float, stage: str) -> None:
        if stage == "training":
            seen.append(done)
            if done > 0.59 and len(seen) < 8:
                raise Stop

    with pytest.raises(Stop):
        styles.train("a", [Raster(coloured_figure(), "page")], epochs=10, progress=until)
    assert styles.styles() == []
    seen.clear()
    seen += [0.0] * 8
    styles.train("a", [Raster(coloured_figure(), "page")], epochs=10, progress=until)
    assert min(seen[8:]) > 0.55  # not from the beginning
    assert [style.name for style in styles.styles()] == ["a"]
    assert not list(styles.get("a").folder.glob("*.pt"))


def test_line_art_and_bad_names_are_refused(home: Path) -> None:
    with pytest.raises(BadInput, match="no colours"):
        styles.train("a", [Raster(figure(), "line")])
    with pytest.raises(BadInput, match="one line"):
        styles.train("a\nb", [Raster(coloured_figure(), "page")])
    with pytest.raises(BadInput, match="one to"):
        styles.train("a", [])


def test_damaged_weights_are_refused(home: Path) -> None:
    folder = home / "styles" / "x"
    folder.mkdir(parents=True)
    (folder / "style.json").write_text(json.dumps({"name": "x", "pictures": 1, "epochs": 1}))
    (folder / "style.safetensors").write_bytes(np.random.default_rng(0).bytes(400))
    with pytest.raises(MissingWeights):
        styles.colourist("x")
    (folder / "style.json").write_text("[]")
    assert styles.styles() == []
