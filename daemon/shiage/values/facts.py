"""What an operation found out, as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Facts:
    """A JSON object. ``data`` has string keys and only what JSON can hold; NaN and infinity are refused."""

    data: Mapping[str, Any]
    name: str = ""

    def to_json(self, indent: int | None = None) -> str:
        """As JSON text, the keys in the order they were given."""
        return json.dumps(self.data, ensure_ascii=False, allow_nan=False, indent=indent)

    @classmethod
    def from_json(cls, text: str, name: str = "") -> Facts:
        """From JSON text; ValueError where it is not an object."""
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("facts are a JSON object")
        return cls(data, name)
