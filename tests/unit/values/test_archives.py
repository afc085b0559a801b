"""Zip archives from outside: refused before they cost anything."""

from __future__ import annotations

import io
import struct
import tracemalloc

import pytest

from shiage.errors import BadInput, ShiageError, TooLarge
from shiage.values.archives import MOST_MEMBERS, opened, unpacked


def directory(entries: int, said: int | None = None) -> bytes:
    """An archive of so many empty members, written without zipfile, which would need minutes."""
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<HHH", 8, 0, 0) + bytes(12) + b"%08d"
    body = b"".join(entry % n for n in range(entries))
    count = min(entries if said is None else said, 65535)
    return body + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(body), 0, 0)


@pytest.mark.parametrize("said", [None, 3])
def test_a_million_members_are_refused_before_they_are_listed(said: int | None) -> None:
    """Also where the archive says that it has three."""
    data = directory(1_000_000, said)
    file = io.BytesIO(data)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=f"more than {MOST_MEMBERS:,} members"), opened(file, "a.zip"):
            pass
        assert tracemalloc.get_traced_memory()[1] < 2 * len(data)
    finally:
        tracemalloc.stop()


def test_a_list_of_gigabytes_is_refused_unread() -> None:
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 0xFFFFFFF0, 0, 0)
    with pytest.raises(TooLarge), opened(io.BytesIO(b"x" * 100 + end), "a.zip"):
        pass
    far = b"PK\x06\x06" + bytes(36) + struct.pack("<QQ", 1 << 60, 0)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    with pytest.raises(TooLarge), opened(io.BytesIO(far + locator + end), "a.zip"):
        pass


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"PK\x05\x06", b"not an archive" * 99, directory(3)[:-1], directory(3)[1:]]
)
def test_what_is_no_archive(data: bytes) -> None:
    with pytest.raises(ShiageError), opened(io.BytesIO(data), "a.zip"):
        pass


def test_members_of_the_wrong_size_are_refused() -> None:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(500))
    data = bytearray(out.getvalue())
    at = data.rfind(b"a.png") - 46
    for size in (400, 600):
        struct.pack_into("<I", data, at + 24, size)
        with pytest.raises(BadInput), opened(io.BytesIO(bytes(data)), "a.zip") as archive:
            unpacked(archive, "a.png", "a.zip")
