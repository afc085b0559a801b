"""Results as files: all of them, or none."""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..craft.strokes.svg import svg_of
from ..errors import BadInput
from ..spec import Cardinality, OperationSpec, Port, layer_ports
from ..values import Clip, Facts, Kind, Raster, Strokes, Value, stroke_files
from ..values.documents import is_document, with_layers
from ..values.encoding import PICTURES, encode, suffix_of
from ..values.files import PICTURE_SUFFIXES, nearest_place, read_bytes, unwritable, write_bytes
from ..values.videos import is_written

Outputs = Mapping[str, Sequence[Value]]
# Of names that were meant as a file's; sh010.v002 is a version's folder.
_FILE_LIKE = re.compile(r"\.(?![vV][0-9]+$)[A-Za-z][A-Za-z0-9]{1,4}")
_SVG = ".svg"
_VARIANTS = "variants"  # an output with the first picture and others that could stand in its place


def is_picture_name(out: Path) -> bool:
    """Whether a result named so is one picture; otherwise it is a folder."""
    return out.suffix.lower() in PICTURE_SUFFIXES


def is_stroke_name(out: Path) -> bool:
    """Whether a result named so is one file of strokes: a stroke file with all drawings in it, or an SVG of one."""
    return out.name.lower().endswith((stroke_files.SUFFIX, _SVG))


def _strokes_port(ports: Sequence[Port]) -> Port | None:
    """The output that a file of strokes holds: the first of that kind."""
    return next((port for port in ports if port.kind is Kind.STROKES), None)


def check_out(spec: OperationSpec, out: Path | None, inputs: Iterable[Path] = ()) -> None:
    """BadInput, before anything runs, where the results can't go there, or would replace one of the inputs."""
    primary = spec.outputs[0]
    if out is not None and not (place := nearest_place(out)).is_dir():
        raise BadInput("can't be made: a file is in its way.", where=str(out), hint=f"{place} is no folder.")
    if out is None:
        if primary.kind is not Kind.FACTS:
            raise BadInput("There is nowhere to write the result.", hint="Give -o with a file or a folder.")
    elif is_stroke_name(out):
        port = _strokes_port(spec.outputs)
        if port is None:
            raise BadInput(f"{spec.id} gives no strokes.", where=str(out), hint="Name a picture or a folder.")
        if port.cardinality is Cardinality.MANY and out.suffix.lower() == _SVG:
            raise BadInput(
                f"{spec.id} gives many drawings, and an SVG holds one.",
                where=str(out),
                hint=f"Name a {stroke_files.SUFFIX} file or a folder.",
            )
        _spare([out], inputs)
    elif is_document(out):
        if not layer_ports(spec.outputs):
            raise BadInput(f"{spec.id} gives no layers.", where=str(out), hint="Name a picture or a folder.")
        given = [path for path in inputs if path.suffix.lower() == out.suffix.lower()]
        if not given:
            raise BadInput(
                f"A {out.suffix} is written from a {out.suffix}, with the result as layers in it.",
                where=str(out),
                hint="Give one as the input, or name a .png.",
            )
        _spare([out], inputs)
    elif is_picture_name(out):
        # A clip may be of one frame, which nobody knows before it is made.
        if (primary.kind not in PICTURES and primary.kind is not Kind.CLIP) or primary.cardinality is Cardinality.MANY:
            raise BadInput(f"{spec.id} gives more than one picture.", where=str(out), hint="Name a folder instead.")
        if out.is_dir():
            raise BadInput(
                "is a folder.", where=str(out), hint="Give the name of a file, or of a folder without suffix."
            )
        _spare([out], inputs)
    elif (is_written(out) or out.suffix.lower() == ".zip") and not out.is_dir():
        raise BadInput(
            "`shiage run` writes no films and no archives.", where=str(out), hint=_by_batch(spec, out, inputs)
        )
    elif out.exists() and not out.is_dir():
        raise BadInput("is a file, and its name has no picture's suffix.", where=str(out), hint="Name a folder.")
    elif _FILE_LIKE.fullmatch(out.suffix) and not out.is_dir():
        raise BadInput(
            f"Shiage writes no {out.suffix} files.",
            where=str(out),
            hint=f"Pictures are {', '.join(sorted(PICTURE_SUFFIXES))}; a folder's name has no such ending.",
        )
    else:
        _check_folder(spec, out, list(inputs))


def _by_batch(spec: OperationSpec, out: Path, inputs: Iterable[Path]) -> str:
    """The command that writes what was asked for, if one does."""
    if spec.inputs[0].kind not in (Kind.RASTER, Kind.CLIP):
        return "Name a folder."
    given = list(inputs)
    source = str(given[0]) if len(given) == 1 else "FOLDER"
    command = shlex.join(["shiage", "batch", spec.id, source, "-o", str(out)])
    return f"`{command}` does; parameters are given there as --set NAME=VALUE."


def _check_folder(spec: OperationSpec, out: Path, inputs: Sequence[Path]) -> None:
    if out.exists() and not out.is_dir():
        raise BadInput("can't be made: a file is in its way.", where=str(out), hint=f"{out} is no folder.")
    if any(path.is_dir() and same_file(out, path) for path in inputs):
        raise BadInput("is an input, and a result never replaces one.", where=str(out), hint="Name another folder.")
    single = [port for port in spec.outputs if port.cardinality is Cardinality.ONE and port.kind is not Kind.CLIP]
    _spare([out / f"{port.name}{suffix_of(port.kind)}" for port in single], inputs)


def _spare(targets: Iterable[Path], inputs: Iterable[Path], *, replace: bool = True) -> None:
    given = list(inputs)
    for target in targets:
        if not replace and target.exists():
            raise BadInput("is there already, and nothing is replaced.", where=str(target), hint="Name another.")
        if any(same_file(target, path) for path in given):
            raise BadInput("is an input, and a result never replaces one.", where=str(target), hint="Name another.")


def same_file(one: Path, other: Path) -> bool:
    """Whether two names mean one file that exists."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def write_outputs(
    ports: Sequence[Port],
    outputs: Outputs,
    out: Path,
    *,
    flatten: bool,
    inputs: Sequence[Path] = (),
    replace: bool = True,
) -> list[Path]:
    """Write the primary picture to a file, or every output into a folder under its port's name; give the files.

    BadInput where they can't be written, or a file's name would replace one of ``inputs``; or any, unless ``replace``.
    """
    if is_picture_name(out):
        primary = outputs[ports[0].name]
        if not primary:
            raise BadInput("The operation gave no picture.", where=str(out))
        # Further proposals beside the first: one.png, one-2.png ...
        proposals = [primary[0], *outputs.get(_VARIANTS, ())[1:]]
        files = [out, *(out.with_name(f"{out.stem}-{i + 2}{out.suffix}") for i in range(len(proposals) - 1))]
        _spare(files, inputs, replace=replace)
        encoded = [encode(_one_picture(picture, out), out.suffix, flatten=flatten) for picture in proposals]
        for file, data in zip(files, encoded, strict=True):
            write_bytes(file, data)
        return files
    if is_document(out):
        return [_write_document(ports, outputs, out, inputs)]
    if is_stroke_name(out):
        port = _strokes_port(ports)
        drawings = [value for value in outputs[port.name] if isinstance(value, Strokes)] if port else []
        if not drawings:
            raise BadInput("The operation gave no drawing.", where=str(out))
        _spare([out], inputs, replace=replace)
        text = svg_of(drawings[0]) if out.suffix.lower() == _SVG else stroke_files.strokes_to_json(drawings)
        write_bytes(out, text.encode())
        return [out]
    named = list(_named(ports, outputs))
    _spare((out / name for name, _ in named), inputs, replace=replace)
    try:
        return _write_folder(named, out, flatten=flatten)
    except OSError as error:
        raise unwritable(out, error) from error


def _one_picture(value: Value, out: Path) -> Value:
    """The picture itself, or that of a clip of one frame; BadInput where there are more."""
    if not isinstance(value, Clip):
        return value
    if len(value.frames) > 1:
        raise BadInput(
            f"There are {len(value.frames)} pictures, and this names one.",
            where=str(out),
            hint="Name a folder for them, such as -o out/; or ask for one.",
        )
    return value.frames[0].raster


def _write_document(ports: Sequence[Port], outputs: Outputs, out: Path, inputs: Sequence[Path]) -> Path:
    """The first input of this kind, with the results in it."""
    layers = [
        Raster(value.pixels, port.title, value.blend, value.opacity)
        for port in layer_ports(ports)
        for value in outputs.get(port.name, ())
        if isinstance(value, Raster)
    ]
    source = next(path for path in inputs if path.suffix.lower() == out.suffix.lower())
    write_bytes(out, with_layers(read_bytes(source), "Shiage", layers, str(source)))
    return out


def _write_folder(named: list[tuple[str, Value]], out: Path, *, flatten: bool) -> list[Path]:
    """Everything is encoded and on disk in ``out`` before the first file gets its name.

    In it and not beside it: a folder may be its own file system (a share, a stick), or the only one we may write to.
    """
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    out.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".shiage.", suffix=".part", dir=out))
    try:
        for name, value in named:
            write_bytes(staging / name, encode(value, Path(name).suffix, flatten=flatten))
        written = []
        for name, _ in named:
            target = out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (staging / name).replace(target)
            written.append(target)
        return written
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        for folder in made:
            # One that we made and that got nothing goes again.
            with suppress(OSError):
                folder.rmdir()


def _named(ports: Sequence[Port], outputs: Outputs) -> Iterator[tuple[str, Value]]:
    for number, port in enumerate(ports):
        values = outputs.get(port.name, ())
        if port.kind is Kind.CLIP:
            # The primary clip's frames stand in the folder itself; several clips of one output in folders of their own.
            named = _unique([value.name for value in values])
            for clip, own in zip(values, named, strict=True):
                folder = "" if number == 0 else f"{port.name}/" if len(values) == 1 else f"{port.name}/{own}/"
                assert isinstance(clip, Clip)
                names = _unique([frame.raster.name or f"{frame.time:g}" for frame in clip.frames])
                yield from ((f"{folder}{n}.png", frame.raster) for n, frame in zip(names, clip.frames, strict=True))
        elif port.cardinality is Cardinality.MANY:
            names = _unique([_name_of(value) or f"{i + 1:03d}" for i, value in enumerate(values)])
            yield from ((f"{port.name}/{n}{suffix_of(port.kind)}", v) for n, v in zip(names, values, strict=True))
        else:
            yield from ((f"{port.name}{suffix_of(port.kind)}", value) for value in values)


def _name_of(value: Value) -> str:
    """Drawings of one object have one name: their frame tells them apart."""
    return f"{value.name or 'drawing'}.{value.frame:04d}" if isinstance(value, Strokes) else value.name


def _unique(names: list[str]) -> list[str]:
    """File names from artists' names: safe on every system, and no two alike."""
    taken: set[str] = set()
    result = []
    for name in names:
        base = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', "_", name).strip(" .")[:100] or "_"
        unique, number = base, 2
        while unique.lower() in taken:
            unique, number = f"{base}-{number}", number + 1
        taken.add(unique.lower())
        result.append(unique)
    return result


def facts_of(outputs: Outputs) -> dict[str, object]:
    """All facts among the outputs in one object."""
    return {
        key: item for values in outputs.values() for v in values if isinstance(v, Facts) for key, item in v.data.items()
    }
