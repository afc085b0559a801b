"""The XML in documents: small, UTF-8, and without entities of its own."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ...errors import BadInput, TooLarge

MOST_BYTES = 16 << 20


def parsed(data: bytes, where: str) -> ET.Element:
    """The document's root; BadInput where it is no XML, or more than that."""
    if len(data) > MOST_BYTES:
        raise TooLarge("has a list of layers that is too long.", where=where)
    try:
        text = data.decode("utf-8-sig")
        if "<!ENTITY" in text:
            raise BadInput("defines entities in its XML.", where=where, hint="Don't trust this file.")
        return ET.fromstring(text)
    except (ET.ParseError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput(f"Its list of layers can't be read ({error}).", where=where, hint="Save it again.") from error


def number(element: ET.Element, name: str, default: float = 0.0) -> float:
    """A number in an attribute; the default where it is none."""
    try:
        value = float(element.get(name, default))
    except ValueError:
        return default
    # Neither NaN nor what no page has.
    return value if abs(value) < 1e9 else default
