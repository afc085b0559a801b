"""The drawings of an animated layer: when each starts and how long it is held."""

from __future__ import annotations

from typing import Any, NamedTuple


class Key(NamedTuple):
    """A drawing: ``time`` where it stands in the range, ``hold`` in frames, ``source`` the time of its keyframe."""

    time: int
    hold: int
    source: int


def keys(node: Any, first: int, last: int) -> list[Key]:
    """The drawings that are seen from frame ``first`` to ``last`` (both included), with their holds.

    A drawing that began earlier and is still held at ``first`` counts from there.
    """
    starts = [time for time in range(first, last + 1) if node.hasKeyframeAtTime(time)]
    sources = list(starts)
    if not starts or starts[0] != first:
        earlier = next((time for time in range(first - 1, -1, -1) if node.hasKeyframeAtTime(time)), None)
        if earlier is not None:
            starts.insert(0, first)
            sources.insert(0, earlier)
    ends = [*starts[1:], last + 1]
    return [Key(start, end - start, source) for start, end, source in zip(starts, ends, sources)]


def default_range(document: Any, node: Any) -> tuple[int, int]:
    """From the layer's first keyframe to its last, within the document's clip range."""
    first, last = document.fullClipRangeStartTime(), document.fullClipRangeEndTime()
    times = [time for time in range(first, last + 1) if node.hasKeyframeAtTime(time)]
    return (times[0], times[-1]) if times else (first, first)
