"""Krita's settings file: only the one line that is ours is changed."""

from __future__ import annotations

from pathlib import Path

SECTION = "[python]"
KEY = "enable_shiage"


def is_enabled(kritarc: Path) -> bool:
    """Whether Krita loads the plugin at its start."""
    return f"{KEY}=true" in _section(_lines(kritarc))


def set_enabled(kritarc: Path, enabled: bool) -> None:
    """Write the line, or take it out; every other line stays as it is."""
    lines = [line for line in _lines(kritarc) if not line.startswith(f"{KEY}=")]
    if enabled:
        if SECTION not in lines:
            lines += ([""] if lines and lines[-1] else []) + [SECTION]
        lines.insert(lines.index(SECTION) + 1, f"{KEY}=true")
    elif not kritarc.exists():
        return
    kritarc.parent.mkdir(parents=True, exist_ok=True)
    part = kritarc.with_name(kritarc.name + ".shiage")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(kritarc)


def _lines(kritarc: Path) -> list[str]:
    return kritarc.read_text(encoding="utf-8").splitlines() if kritarc.exists() else []


def _section(lines: list[str]) -> list[str]:
    if SECTION not in lines:
        return []
    inside = lines[lines.index(SECTION) + 1 :]
    end = next((place for place, line in enumerate(inside) if line.startswith("[")), len(inside))
    return inside[:end]
