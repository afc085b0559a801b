"""A contact sheet: one HTML file that shows each frame before and after, those to look at first.

It needs nothing beside itself and no network: thumbnails are in it, as data. Its size is bounded: of a long shot the
flagged frames are shown and as many of the others, evenly chosen, as there is room for; it says so.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import ShiageError
from ..values import Raster
from ..values.files import READ_SUFFIXES, check_ours, decode_picture, on_white, read_bytes, write_bytes
from .sources import FrameSource
from .tally import Event

SIDE = 240
# Rows, each of two thumbnails of some 8 KB.
MOST_ROWS = 1000
_LONGEST_TEXT = 300
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

_OURS = '<meta name="generator" content="Shiage">'
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
{ours}
<title>{title}</title>
<style>
body {{ font: 14px/1.4 system-ui, sans-serif; margin: 24px; background: #f4f4f2; color: #222 }}
h1 {{ font-size: 20px; margin: 0 }}
p {{ margin: 4px 0 20px; color: #666 }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(500px, 1fr)); gap: 12px }}
figure {{ margin: 0; padding: 8px; background: #fff; border: 2px solid #ddd; border-radius: 4px }}
figure.failed {{ border-color: #c22 }}
figure.doubt {{ border-color: #d90 }}
div {{ display: flex; gap: 6px; background: #e6e6e6; justify-content: center }}
img {{ width: 240px; height: 240px; object-fit: contain }}
figcaption {{ padding-top: 6px; overflow-wrap: anywhere }}
figcaption b {{ font-weight: 600 }}
.failed figcaption span {{ color: #c22 }}
.doubt figcaption span {{ color: #a60 }}
</style>
<h1>{title}</h1>
<p>{summary}</p>
<main>
"""


def check_sheet(place: Path) -> None:
    """BadInput where a contact sheet can't go, or would go over what is none."""
    check_ours(place, (".html", ".htm"), _OURS, "a contact sheet")


Result = Callable[[FrameSource, Event], Raster | None]


def results_in(folder: Path) -> Result:
    """Of a batch whose results lie in a folder: the primary output's picture, if it is one."""

    def result(frame: FrameSource, event: Event) -> Raster | None:
        pictures = [file for file in event.files if Path(file).suffix.lower() in READ_SUFFIXES]
        if not pictures:
            return None
        # It lies in no folder of its own.
        file = folder / min(pictures, key=lambda name: name.count("/"))
        return decode_picture(read_bytes(file), str(file))

    return result


@dataclass(frozen=True)
class _Row:
    frame: FrameSource
    event: Event

    @property
    def flag(self) -> str:
        """``failed``, ``doubt`` (there were warnings), or nothing."""
        return "failed" if self.event.state == "failed" else "doubt" if self.event.warnings else ""


def write_sheet(
    path: Path,
    title: str,
    frames: Sequence[FrameSource],
    events: Sequence[Event],
    result: Result,
    show: Callable[[float, str], None] = lambda fraction, stage: None,
) -> None:
    """Write the sheet of a batch. ``result``: gives what became of a frame; see :func:`results_in`."""
    by_name = {event.frame: event for event in events}
    rows = [_Row(frame, by_name[frame.name]) for frame in frames if frame.name in by_name]
    chosen = _chosen(rows)
    parts = [_PAGE.format(ours=_OURS, title=html.escape(title), summary=html.escape(_summary(rows, chosen)))]
    # In the order of the shot, since a video is read forward only; the flagged ones are moved up afterwards.
    drawn = []
    for place, row in enumerate(chosen):
        show(place / len(chosen), f"drawing {path.name}")
        drawn.append((row.flag, _figure(row, result)))
    order = {"failed": 0, "doubt": 1, "": 2}
    parts.extend(figure for _, figure in sorted(drawn, key=lambda pair: order[pair[0]]))
    write_bytes(path, ("".join(parts) + "</main>\n</html>\n").encode("utf-8", "replace"))


def _chosen(rows: Sequence[_Row]) -> list[_Row]:
    flagged = sum(bool(row.flag) for row in rows)
    room = max(0, MOST_ROWS - flagged)
    plain = [row for row in rows if not row.flag]
    kept = set(_evenly(len(plain), room))
    keep = {id(row) for place, row in enumerate(plain) if place in kept}
    marked = [row for row in rows if row.flag]
    keep |= {id(marked[place]) for place in _evenly(len(marked), MOST_ROWS)}
    return [row for row in rows if id(row) in keep]


def _evenly(total: int, most: int) -> Iterator[int]:
    if total <= most:
        yield from range(total)
    elif most:
        yield from (place * total // most for place in range(most))


def _summary(rows: Sequence[_Row], chosen: Sequence[_Row]) -> str:
    failed = sum(row.flag == "failed" for row in rows)
    doubt = sum(row.flag == "doubt" for row in rows)
    text = f"{len(rows)} frames: {failed} failed, {doubt} with a remark. Before on the left, after on the right."
    left = len(rows) - len(chosen)
    return f"{text} {left} more are not shown here." if left else text


def _figure(row: _Row, result: Result) -> str:
    name = html.escape(row.frame.name)
    said = " ".join(filter(None, (row.event.error, *row.event.warnings)))
    if len(said) > _LONGEST_TEXT:
        said = said[:_LONGEST_TEXT] + " ..."
    remark = f"<br><span>{html.escape(said)}</span>" if said else ""
    before, after = _before(row), _after(row, result)
    return (
        f'<figure class="{row.flag}"><div><img src="{before}" alt="{name}, before" loading="lazy">'
        f'<img src="{after}" alt="{name}, after" loading="lazy"></div>'
        f"<figcaption><b>{name}</b>{remark}</figcaption></figure>\n"
    )


def _before(row: _Row) -> str:
    try:
        return _thumbnail(row.frame.picture())
    except (ShiageError, OSError):
        return _NOTHING


def _after(row: _Row, result: Result) -> str:
    if row.event.state == "failed":
        return _NOTHING
    try:
        made = result(row.frame, row.event)
    except (ShiageError, OSError):
        return _NOTHING
    return _thumbnail(made) if made is not None else _NOTHING


def _thumbnail(raster: Raster) -> str:
    pixels = np.asarray(on_white(Raster(raster.pixels).to_8bit()))
    small = Image.fromarray(np.ascontiguousarray(pixels[..., :3]), "RGB")
    small.thumbnail((SIDE, SIDE), reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=75, method=2)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()
