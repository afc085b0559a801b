"""Weights are data: what is damaged, exchanged or would run code is refused in a sentence."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import save_file

from shiage.cli.models import models
from shiage.errors import BadInput, MissingWeights, NotFound, Unreachable
from shiage.nets import zoo
from shiage.nets.cache import ModelCache
from shiage.nets.pull import pull
from shiage.nets.torchvision_ops import non_maximum_suppression
from shiage.nets.weights import fill, read_tensors
from shiage.nets.zoo import Entry


def _public(data: bytes, **changes: object) -> Entry:
    fields = {"name": "net", "kind": "public", "summary": "", "loader": "spandrel", "file": "net.safetensors"}
    fields |= {"licence": "MIT", "sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "origin": "hub:a/b"}
    return Entry(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "source" / "net.safetensors"
    path.parent.mkdir()
    save_file({"weight": torch.arange(600.0).reshape(20, 30)}, path)
    return path


@pytest.fixture
def served(weights: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(weights.parent))  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_importing_the_nets_loads_no_torch() -> None:
    code = "import sys, shiage.nets.zoo, shiage.nets.weights, shiage.nets.recognize; print('torch' in sys.modules)"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "False"


def test_tensors_come_back_from_both_formats(weights: Path, tmp_path: Path) -> None:
    tensors = read_tensors(weights)
    torch.save(tensors, tmp_path / "net.pt")
    torch.save({"params_ema": tensors}, tmp_path / "ema.pth")
    for path in (weights, tmp_path / "net.pt", tmp_path / "ema.pth"):
        assert torch.equal(read_tensors(path)["weight"], torch.arange(600.0).reshape(20, 30))


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize("keep", [0, 7, 900])
def test_truncated_weights_are_refused(weights: Path, suffix: str, keep: int) -> None:
    path = weights.with_name("cut" + suffix)
    if suffix == ".pt":
        torch.save(read_tensors(weights), path)
    else:
        path.write_bytes(weights.read_bytes())
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(MissingWeights, match="damaged or cut off"):
        read_tensors(path)


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("ran",))


def test_a_pickle_that_runs_code_is_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": _Bomb()}, tmp_path / "bad.pt")
    with pytest.raises(MissingWeights, match="run code"):
        read_tensors(tmp_path / "bad.pt")
    assert not (tmp_path / "ran").exists()


def test_weights_of_another_network_are_refused(weights: Path) -> None:
    with pytest.raises(MissingWeights, match="another network"):
        fill(torch.nn.Linear(30, 21, bias=False), read_tensors(weights), weights)


def test_a_pull_checks_the_hash_before_the_file_gets_its_name(weights: Path, home: Path) -> None:
    item = _public(weights.read_bytes())
    assert pull(item, source=str(weights)) == home / "models" / "net" / "net.safetensors"
    assert zoo.intact(item).read_bytes() == weights.read_bytes()
    wrong = _public(weights.read_bytes(), name="other", sha256="0" * 64)
    with pytest.raises(MissingWeights, match="hash differs"):
        pull(wrong, source=weights.as_uri())
    assert list((home / "models" / "other").iterdir()) == []


def test_a_pull_over_http(weights: Path, served: str, home: Path) -> None:
    seen: list[float] = []
    item = _public(weights.read_bytes())
    path = pull(item, source=f"{served}/net.safetensors", progress=lambda fraction, _: seen.append(fraction))
    assert path.read_bytes() == weights.read_bytes()
    assert seen[-1] == 1.0
    with pytest.raises(Unreachable, match="File not found"):
        pull(item, source=f"{served}/nothing")
    longer = _public(weights.read_bytes()[:-9], name="short")
    with pytest.raises(MissingWeights, match="too long"):
        pull(longer, source=f"{served}/net.safetensors")


def test_a_pipeline_is_pulled_without_its_code(weights: Path, home: Path) -> None:
    folder = weights.parent
    (folder / "model_index.json").write_text("{}")
    (folder / "unet").mkdir()
    (folder / "unet" / "weights.safetensors").write_bytes(weights.read_bytes())
    (folder / "pipeline.py").write_text("raise SystemExit")
    (folder / "old.bin").write_bytes(b"\x80pickle")
    place = pull(_public(b"", name="pipe", file=".", sha256="", size=0), source=str(folder))
    names = sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
    assert names == ["model_index.json", "net.safetensors", "unet/weights.safetensors"]


def test_a_checkpoint_without_a_known_hash_wants_one(weights: Path, home: Path) -> None:
    item = _public(b"", sha256="", size=0)
    with pytest.raises(BadInput, match="no hash"):
        pull(item, source=str(weights))
    assert pull(item, source=str(weights), sha256=hashlib.sha256(weights.read_bytes()).hexdigest()).is_file()


def test_what_was_exchanged_or_cut_later_is_noticed(weights: Path, home: Path) -> None:
    item = _public(weights.read_bytes())
    path = pull(item, source=str(weights))
    path.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(MissingWeights, match="hash differs"):
        zoo.intact(item)
    path.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(MissingWeights, match="cut off"):
        zoo.intact(item)
    path.unlink()
    with pytest.raises(MissingWeights, match="shiage models pull net"):
        zoo.intact(item)


def test_every_own_network_is_here_intact_and_has_its_card() -> None:
    own = [item for item in zoo.zoo().values() if item.kind == zoo.OWN]
    for item in own:
        path = zoo.intact(item)
        assert path.stat().st_size < 15_000_000
        assert path.with_name("card.md").is_file()
        assert item.sha256
        assert item.size
        assert item.licence


def test_the_command_lists_and_verifies(home: Path) -> None:
    listed = CliRunner().invoke(models, ["list", "--json"])
    rows = {row["name"]: row for row in json.loads(listed.output)["models"]}
    assert not rows["upscale-anime"]["here"]
    assert rows["upscale-anime"]["size"] == 17938799
    assert CliRunner().invoke(models, ["verify"]).exit_code == 0
    missing = CliRunner().invoke(models, ["verify", "upscale-anime"])
    assert missing.exit_code == 7
    assert "shiage models pull upscale-anime" in missing.output
    with pytest.raises(NotFound):
        CliRunner().invoke(models, ["verify", "nobody"], catch_exceptions=False)


def test_the_cache_keeps_what_fits_and_builds_once() -> None:
    cache, built = ModelCache(most_bytes=250), []

    def build(name: str) -> str:
        return cache.get(name, lambda: built.append(name) or name, lambda _: 100)

    for name in ("a", "b", "a", "c", "a", "b"):
        assert build(name) == name
    assert built == ["a", "b", "c", "b"]
    assert cache.bytes == 200
    cache.get("huge", lambda: "huge", lambda _: 1000)
    assert cache.bytes == 1000


def test_the_stand_in_for_nms_keeps_the_best_of_each_heap() -> None:
    boxes = torch.tensor([[0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30], [0, 0, 10, 5.0]])
    kept = non_maximum_suppression(boxes, torch.tensor([0.5, 0.9, 0.3, 0.8]), 0.55)
    assert kept.tolist() == [1, 3, 2]
    assert non_maximum_suppression(torch.zeros(0, 4), torch.zeros(0), 0.5).shape == (0,)
