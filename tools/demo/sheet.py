"""The demo's pages: sketch, flats, then each design beside our colouring from it."""

from __future__ import annotations

import html
import os
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from .cases import Case

CELL = (230, 380)
MARGIN = 14
CAPTION = 26
INK = (40, 40, 44)


def write_sheet(cases: list[Case], demo: Path) -> None:
    """``sheet.png``: one row a sketch."""
    rows = [_cells(case, demo) for case in cases]
    width = MARGIN + max(len(row) for row in rows) * (CELL[0] + MARGIN)
    height = MARGIN + len(rows) * (CELL[1] + CAPTION + MARGIN)
    sheet = Image.new("RGB", (width, height), (243, 241, 236))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    for number, row in enumerate(rows):
        y = MARGIN + number * (CELL[1] + CAPTION + MARGIN)
        for column, (caption, path) in enumerate(row):
            x = MARGIN + column * (CELL[0] + MARGIN)
            sheet.paste(_thumbnail(path), (x, y + CAPTION))
            draw.text((x, y + 4), caption, fill=INK, font=font)
    sheet.save(demo / "sheet.png", optimize=True)


def write_index(cases: list[Case], demo: Path, score: str) -> None:
    """``index.html``, which shows the pictures where they lie."""
    rows = []
    for case in cases:
        cells = "".join(
            f'<figure><a href="{link}"><img src="{link}" alt="{html.escape(caption)}"></a>'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
            for caption, path in _cells(case, demo)
            for link in [html.escape(Path(os.path.relpath(path, demo)).as_posix())]
        )
        rows.append(f"<section>{cells}</section>")
    page = PAGE.format(rows="\n".join(rows), score=html.escape(score))
    (demo / "index.html").write_text(page, encoding="utf-8")


def _cells(case: Case, demo: Path) -> list[tuple[str, Path]]:
    cells = [
        (f"{case.character}: sketch {case.sketch_id}", case.sketch),
        ("flats", demo / "flats" / f"{case.character}_{case.sketch_id}.png"),
    ]
    for name, files in case.designs.items():
        cells.append((f"design {name}" + (f" (1 of {len(files)})" if len(files) > 1 else ""), files[0]))
        cells.append(("Shiage", demo / "out" / f"{case.result_name(name)}.png"))
    return cells


def _thumbnail(path: Path) -> Image.Image:
    picture = Image.open(path).convert("RGBA")
    card = Image.new("RGBA", picture.size, "white")
    card.alpha_composite(picture)
    card = _trimmed(card.convert("RGB"))
    card.thumbnail(CELL, Image.Resampling.LANCZOS)
    cell = Image.new("RGB", CELL, "white")
    cell.paste(card, ((CELL[0] - card.width) // 2, (CELL[1] - card.height) // 2))
    return cell


def _trimmed(card: Image.Image) -> Image.Image:
    """Without the empty paper to the left and right of the figure, but a rim of it."""
    paper = Image.new("RGB", card.size, card.getpixel((0, 0)))
    drawn = ImageChops.difference(card, paper).convert("L").point(lambda v: 255 * (v > 16)).getbbox()
    if drawn is None:
        return card
    rim = card.height // 40
    return card.crop((max(0, drawn[0] - rim), 0, min(card.width, drawn[2] + rim), card.height))


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Shiage: sketches coloured from their designs</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #28282c; background: #f3f1ec; margin: 2rem; }}
section {{ display: flex; gap: 1rem; overflow-x: auto; margin-bottom: 2rem; }}
figure {{ margin: 0; }}
img {{ height: 420px; background: #fff; border-radius: 4px; }}
figcaption {{ padding: .3rem 0; }}
pre {{ background: #fff; padding: 1rem; border-radius: 4px; overflow-x: auto; }}
</style>
<h1>Sketches coloured from their designs</h1>
<p>Each row: a sketch, its flat regions, then every design with our colouring of the sketch from it.</p>
{rows}
<h2>Score</h2>
<pre>{score}</pre>
</html>
"""
