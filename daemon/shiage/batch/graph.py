"""A chain, drawn: as text for terminals, as SVG, and as DOT for Graphviz."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..chains import SOURCE, Chain

_LINE, _WIDTH, _GAP, _LETTER = 18, 8, 46, 7.3


@dataclass(frozen=True)
class _Box:
    """A node: the source, a file, a step, or what is written; ``feeds``: (from which box, by which port to which)."""

    name: str
    kind: str
    lines: tuple[str, ...]
    feeds: tuple[tuple[str, str], ...] = field(default=())


def _boxes(chain: Chain, files: Mapping[str, Sequence[str]]) -> list[_Box]:
    """In an order in which each stands behind all that feeds it."""
    boxes = [_Box(SOURCE, "source", ("the shot" if chain.takes_shot else "each frame",))]
    for name in chain.inputs:
        boxes.append(_Box(name, "file", tuple(files.get(name, (name,)))))
    for step in chain.steps:
        told = [f"{key} = {value}" for key, value in step.parameters.items()]
        title = step.name if step.name == step.operation else f"{step.name} ({step.operation})"
        each = " per frame" if chain.is_per_frame(step) else ""
        feeds = tuple(
            (source.partition(".")[0], f"{source.partition('.')[2] or source} -> {port}")
            for port, sources in step.feeds.items()
            for source in sources
        )
        boxes.append(_Box(step.name, "step", (title + each, *told), feeds))
    written = tuple((reference.partition(".")[0], reference.partition(".")[2]) for reference in chain.outputs)
    boxes.append(_Box("written", "result", ("written", *chain.outputs), written))
    return boxes


def as_text(chain: Chain, files: Mapping[str, Sequence[str]]) -> str:
    """For a terminal: a box for each step, and beside it what comes in."""
    parts: list[str] = []
    for box in _boxes(chain, files):
        if box.feeds:
            fed = [f"{source} . {ports}" if source != ports.partition(" ")[0] else ports for source, ports in box.feeds]
            parts += [f"   |  {line}" for line in fed] + ["   v"]
        width = max(map(len, box.lines)) + 2
        parts += [
            "+" + "-" * width + "+",
            *(f"| {line.ljust(width - 2)} |" for line in box.lines),
            "+" + "-" * width + "+",
        ]
    return "\n".join(parts) + "\n"


def as_dot(chain: Chain, files: Mapping[str, Sequence[str]]) -> str:
    """For Graphviz."""
    shapes = {"source": "ellipse", "file": "note", "step": "box", "result": "folder"}
    lines = [f"digraph {_quoted(chain.name)} {{", "  rankdir=TB; node [fontname=sans, fontsize=11];"]
    for box in _boxes(chain, files):
        lines.append(f"  {_quoted(box.name)} [shape={shapes[box.kind]}, label={_quoted(chr(10).join(box.lines))}];")
        lines += [
            f"  {_quoted(a)} -> {_quoted(box.name)} [label={_quoted(ports)}, fontsize=9];" for a, ports in box.feeds
        ]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def as_svg(chain: Chain, files: Mapping[str, Sequence[str]]) -> str:
    """One box below the other in their order, an arrow for each feed, those that pass over boxes on the right."""
    boxes = _boxes(chain, files)
    width = max(120.0, *(max(map(len, box.lines)) * _LETTER + 2 * _WIDTH for box in boxes))
    tops: dict[str, float] = {}
    y = 10.0
    shapes: list[str] = []
    for box in boxes:
        tops[box.name] = y
        height = len(box.lines) * _LINE + 12
        shapes.append(f'<rect class="{box.kind}" x="10" y="{y:g}" width="{width:g}" height="{height}" rx="5"/>')
        for number, line in enumerate(box.lines):
            head = "" if number else ' class="head"'
            shapes.append(f'<text{head} x="{10 + _WIDTH}" y="{y + 20 + number * _LINE:g}">{html.escape(line)}</text>')
        y += height + _GAP
    arrows, lanes = _arrows(boxes, tops, width)
    longest = max((len(ports) for box in boxes for _, ports in box.feeds), default=0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 40 + 14 * lanes + longest * 6.2:g}" height="{y:g}" '
        f'font-family="sans-serif" font-size="12"><title>{html.escape(chain.name)}</title>\n'
        "<style>rect{fill:#fff;stroke:#555}.source,.file{fill:#eef3fa}.result{fill:#eef8ee}"
        "path{fill:none;stroke:#777}.head{font-weight:600}.port{font-size:10px;fill:#666}</style>\n"
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" style="fill:#777;stroke:none"/></marker></defs>\n'
        + "\n".join(shapes + arrows)
        + "\n</svg>\n"
    )


def _arrows(boxes: Sequence[_Box], tops: dict[str, float], width: float) -> tuple[list[str], int]:
    order = [box.name for box in boxes]
    arrows: list[str] = []
    lanes = 0
    for place, box in enumerate(boxes):
        for number, (source, ports) in enumerate(box.feeds):
            below = boxes[order.index(source)]
            end = tops[box.name]
            start = tops[source] + len(below.lines) * _LINE + 12
            if order.index(source) == place - 1:
                x = 30 + 14 * number
                arrows.append(f'<path d="M{x} {start:g}V{end:g}" marker-end="url(#a)"/>')
                arrows.append(
                    f'<text class="port" x="{x + 6}" y="{end - 8 - 12 * number:g}">{html.escape(ports)}</text>'
                )
                continue
            lanes += 1
            side = 10 + width + 14 * lanes
            at = end + 10 + 12 * number
            arrows.append(
                f'<path d="M{10 + width:g} {start - 10:g}H{side:g}V{at:g}H{10 + width:g}" marker-end="url(#a)"/>'
            )
            arrows.append(f'<text class="port" x="{side + 4:g}" y="{at - 3:g}">{html.escape(ports)}</text>')
    return arrows, lanes
