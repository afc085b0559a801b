"""A chain, drawn: as text for terminals, as SVG, and as DOT for Graphviz."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..chains import SOURCE, Chain, Step

Files = Mapping[str, Sequence[str]]

_LINE, _PAD, _GAP, _LETTER, _SMALL = 18, 8, 26, 7.3, 13


@dataclass(frozen=True)
class _Box:
    """A node: the source, a file, a step, or what is written. ``feeds``: by the box that they come from, what goes
    over (``picture -> painting``)."""

    name: str
    kind: str
    lines: tuple[str, ...]
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def height(self) -> int:
        return len(self.lines) * _LINE + 12


def _boxes(chain: Chain, files: Files) -> list[_Box]:
    """In an order in which each stands behind all that feeds it."""
    boxes = [_Box(SOURCE, "source", ("the whole shot" if chain.takes_shot else "each frame",))]
    boxes += [_Box(name, "file", tuple(files.get(name, (name,)))) for name in chain.inputs]
    boxes += [_step(chain, step) for step in chain.steps]
    written: dict[str, tuple[str, ...]] = {}
    for reference in chain.outputs:
        step, _, port = reference.partition(".")
        written[step] = (*written.get(step, ()), port)
    return [*boxes, _Box("written", "result", ("written", *chain.outputs), written)]


def _step(chain: Chain, step: Step) -> _Box:
    title = step.name if step.name == step.operation else f"{step.name} ({step.operation})"
    title += ", frame by frame" if chain.is_per_frame(step) else ""
    feeds: dict[str, tuple[str, ...]] = {}
    for port, sources in step.feeds.items():
        for source in sources:
            before, _, output = source.partition(".")
            feeds[before] = (*feeds.get(before, ()), f"{output} -> {port}" if output else port)
    told = [f"{key} = {value}" for key, value in step.parameters.items()]
    return _Box(step.name, "step", (title, *told), feeds)


def as_text(chain: Chain, files: Files) -> str:
    """For a terminal: a box for each step, and above it what comes in and from where."""
    parts: list[str] = []
    boxes = _boxes(chain, files)
    titles = {box.name: box.lines[0] if box.kind == "file" else box.name for box in boxes}
    for box in boxes:
        parts += [f"   |  {titles[source]}: {', '.join(ports)}" for source, ports in box.feeds.items()]
        parts += ["   v"] if box.feeds else []
        width = max(map(len, box.lines))
        edge = "+" + "-" * (width + 2) + "+"
        parts += [edge, *(f"| {line.ljust(width)} |" for line in box.lines), edge]
    return "\n".join(parts) + "\n"


def as_dot(chain: Chain, files: Files) -> str:
    """For Graphviz."""
    shapes = {"source": "ellipse", "file": "note", "step": "box", "result": "folder"}
    lines = [f"digraph {_quoted(chain.name)} {{", "  rankdir=TB; node [fontname=sans, fontsize=11];"]
    for box in _boxes(chain, files):
        label = _quoted("\n".join(box.lines))
        lines.append(f"  {_quoted(box.name)} [shape={shapes[box.kind]}, label={label}];")
        for source, ports in box.feeds.items():
            label = _quoted("\n".join(ports))
            lines.append(f"  {_quoted(source)} -> {_quoted(box.name)} [label={label}, fontsize=9];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


_STYLE = (
    "rect{fill:#fff;stroke:#555}.source,.file{fill:#eef3fa}.result{fill:#eef8ee}path{fill:none;stroke:#777}"
    ".head{font-weight:600}.port{font-size:10px;fill:#666}"
)
_ARROW = (
    '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" style="fill:#777;stroke:none"/></marker></defs>'
)


def as_svg(chain: Chain, files: Files) -> str:
    """One box below the other; what feeds the next box goes down to it, what feeds another goes by on the right."""
    drawing = _Drawing(_boxes(chain, files))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.width:g}" height="{drawing.height:g}" '
        f'font-family="sans-serif" font-size="12"><title>{html.escape(chain.name)}</title>\n'
        f"<style>{_STYLE}</style>\n{_ARROW}\n" + "\n".join(drawing.parts) + "\n</svg>\n"
    )


class _Drawing:
    def __init__(self, boxes: Sequence[_Box]) -> None:
        self._boxes = boxes
        self._side = 20 + max(120.0, *(max(map(len, box.lines)) * _LETTER + 2 * _PAD for box in boxes))
        self._places = {box.name: place for place, box in enumerate(boxes)}
        self._tops: list[float] = []
        self._lanes = 0
        self.parts: list[str] = []
        y = 10.0
        for place, box in enumerate(boxes):
            y += _SMALL * len(box.feeds.get(boxes[place - 1].name, ())) if place else 0
            self._tops.append(y)
            self._box(box, y)
            y += box.height + _GAP
        self.height = y
        for place, box in enumerate(boxes):
            by = 0
            for source, ports in box.feeds.items():
                if self._places[source] == place - 1:
                    self._down(place, ports)
                else:
                    self._by(place, self._places[source], ports, by)
                    by += 1
        longest = max((len(port) for box in boxes for ports in box.feeds.values() for port in ports), default=0)
        self.width = self._side + 14 * self._lanes + longest * 5.6 + 20

    def _box(self, box: _Box, y: float) -> None:
        self.parts.append(
            f'<rect class="{box.kind}" x="10" y="{y:g}" width="{self._side - 10:g}" height="{box.height}" rx="5"/>'
        )
        for number, line in enumerate(box.lines):
            self._text(10 + _PAD, y + 20 + number * _LINE, line, "" if number else "head")

    def _down(self, place: int, ports: Sequence[str]) -> None:
        start, end = self._tops[place - 1] + self._boxes[place - 1].height, self._tops[place]
        self.parts.append(f'<path d="M30 {start:g}V{end:g}" marker-end="url(#a)"/>')
        for number, port in enumerate(reversed(ports)):
            self._text(40, end - 8 - _SMALL * number, port, "port")

    def _by(self, place: int, source: int, ports: Sequence[str], number: int) -> None:
        self._lanes += 1
        lane = self._side + 14 * self._lanes
        start, end = self._tops[source] + self._boxes[source].height - 10, self._tops[place] + 10 + 12 * number
        path = f"M{self._side:g} {start:g}H{lane:g}V{end:g}H{self._side:g}"
        self.parts.append(f'<path d="{path}" marker-end="url(#a)"/>')
        for line, port in enumerate(reversed(ports)):
            self._text(lane + 5, end - 4 - _SMALL * line, port, "port")

    def _text(self, x: float, y: float, text: str, kind: str) -> None:
        kind = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text{kind} x="{x:g}" y="{y:g}">{html.escape(text)}</text>')
