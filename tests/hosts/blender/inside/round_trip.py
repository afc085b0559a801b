"""Inside Blender: what is written to a Grease Pencil and read again is the same, also after saving and opening.

Arguments: the add-on's folder, a folder to save in. Prints one line of JSON at the end.
"""

import json
import sys
import time
from pathlib import Path

ADDON, FOLDER = sys.argv[-2:]
sys.path.insert(0, str(Path(ADDON)))
import bpy  # noqa: E402  # after the path
import numpy as np  # noqa: E402
from shiage.host import timeline  # noqa: E402
from shiage.host.drawing import COLUMNS, POINT, Drawing, Layer, Material, empty_column  # noqa: E402

LEGACY = bpy.app.version < (4, 3, 0)


def random_drawing(strokes_count: int, points_each: int, seed: int) -> Drawing:
    rng = np.random.default_rng(seed)
    counts = (
        np.full(strokes_count, points_each, np.int32) if seed else rng.integers(1, 9, strokes_count).astype(np.int32)
    )
    total = int(counts.sum())
    columns = {name: empty_column(name, total, strokes_count) for name in COLUMNS}
    columns["points"] = rng.normal(size=(total, 3)).astype(np.float32)
    columns["radius"] = (rng.random(total) * 0.05 + 0.0007).astype(np.float32)
    columns["opacity"] = rng.random(total).astype(np.float32)
    columns["colour"] = rng.random((total, 4)).astype(np.float32)
    columns["fill_colour"] = rng.random((strokes_count, 4)).astype(np.float32)
    columns["cyclic"] = rng.random(strokes_count) < 0.5
    columns["material"] = rng.integers(0, 3, strokes_count).astype(np.int32)
    columns["layer"] = rng.integers(0, 2, strokes_count).astype(np.int32)
    materials = [
        Material("Ink", (0.1, 0.2, 0.3, 1.0)),
        Material("Skin", (0, 0, 0, 1), (0.8, 0.4, 0.2, 1.0), False, True),
        Material("Both", (0, 0, 0.2, 1), (0.1, 0.3, 0.8, 1), True, True),
    ]
    filled = columns["material"] > 0
    columns["fill"] = np.where(filled, np.cumsum(filled), 0).astype(np.int32)
    columns["hide_line"] = columns["material"] == 1
    extra = {}
    if not LEGACY:
        extra["my_share"] = (POINT, rng.random(total).astype(np.float32))
        extra["my_count"] = ("stroke", rng.integers(-9, 9, strokes_count).astype(np.int32))
        extra["softness"] = ("stroke", rng.random(strokes_count).astype(np.float32))
    layers = [Layer("Fills"), Layer("Lines")]
    return Drawing(counts, columns, materials, layers, frame=7, exposure="extreme", extra=extra)


def by_layer(drawing: Drawing) -> Drawing:
    """In the order in which layers are read."""
    from shiage.host.drawing import merge

    return merge([drawing.of_layer(0), drawing.of_layer(1)])


def compare(wanted: Drawing, got: Drawing) -> None:
    wanted = by_layer(wanted)
    assert (wanted.counts == got.counts).all()
    for name in COLUMNS:
        a, b = wanted.columns[name], got.columns[name]
        assert (a.dtype, a.shape) == (b.dtype, b.shape), name
        if name == "fill":  # numbers may differ, groups may not
            a, b = a > 0, b > 0
        if LEGACY and name == "radius":  # kept there as line width times pressure
            np.testing.assert_allclose(a, b, rtol=3e-7)
        else:
            assert np.array_equal(a, b), name
    for name, (domain, array) in wanted.extra.items():
        assert got.extra[name][0] == domain, name
        assert np.array_equal(got.extra[name][1], array), name
    assert [(m.name, m.show_line, m.show_fill) for m in wanted.materials] == [
        (m.name, m.show_line, m.show_fill) for m in got.materials
    ]
    assert got.exposure == "extreme"


bpy.ops.wm.read_factory_settings(use_empty=True)
drawing = random_drawing(40, 0, 0)
obj = timeline.new_object("Hero", drawing.materials, bpy.context.scene.collection)
for layer in drawing.layers:
    timeline.named_layer(obj.data, layer.name)
timeline.write(obj.data, drawing, replace=False)
first = timeline.read(obj.data, 7)
compare(random_drawing(40, 0, 0), first)

# A second trip changes nothing at all, in either kind.
first.frame = 9
timeline.write(obj.data, first, replace=False)
again = timeline.read(obj.data, 9)
for name in COLUMNS:
    assert np.array_equal(first.columns[name], again.columns[name]), name
for name, (_, array) in first.extra.items():
    assert np.array_equal(array, again.extra[name][1]), name

try:
    timeline.write(obj.data, again, replace=True)
    raise SystemExit("an artist's key was written over")
except timeline.CantDraw as refusal:
    said = str(refusal)

path = str(Path(FOLDER) / "hero.blend")
bpy.ops.wm.save_as_mainfile(filepath=path)
bpy.ops.wm.open_mainfile(filepath=path)
compare(random_drawing(40, 0, 0), timeline.read(bpy.data.objects["Hero"].data, 7))


def drawn(seed: int) -> Drawing:
    """20,000 points on lines such as hands draw them: Blender triangulates every one, noise takes it much longer."""
    made = random_drawing(200, 100, seed)
    rng = np.random.default_rng(seed)
    u = np.linspace(0, 1, 100)
    bow, hook, turn = rng.normal(0, 0.5, (3, 200, 1))
    line = (u + 1j * (bow * 4 * u * (1 - u) + hook * np.sin(2 * np.pi * u))) * np.exp(6j * turn)
    line = (line + rng.normal(size=(200, 1)) + 1j * rng.normal(size=(200, 1))).ravel()
    made.columns["points"] = np.stack([line.real, 0 * line.real, line.imag], 1).astype(np.float32)
    return made


large = drawn(1)
target = timeline.new_object("Large", large.materials, bpy.context.scene.collection)
for layer in large.layers:
    timeline.named_layer(target.data, layer.name)
writes, reads = [], []
for k in range(4):
    large = drawn(1)
    large.frame = k
    start, busy = time.perf_counter(), time.process_time()
    timeline.write(target.data, large, replace=False)
    writes.append((time.perf_counter() - start, time.process_time() - busy))
    start, busy = time.perf_counter(), time.process_time()
    timeline.read(target.data, k)
    reads.append((time.perf_counter() - start, time.process_time() - busy))
milliseconds = {
    what: [min(times) * 1e3 for times in zip(*taken)] for what, taken in (("write_ms", writes), ("read_ms", reads))
}
print("FACTS " + json.dumps({"version": bpy.app.version_string, "said": said, **milliseconds}))
