"""Fetch a public checkpoint into SHIAGE_HOME, and believe nothing of it until its hash fits."""

from __future__ import annotations

import secrets
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ..errors import BadInput, MissingWeights, TooLarge, Unreachable
from .zoo import OWN, Entry, check_file

_CHUNK = 1 << 20
_MOST_BYTES = 32 << 30
_SECONDS = 30

Progress = Callable[[float, str], None]


def pull(
    item: Entry,
    *,
    source: str = "",
    sha256: str = "",
    progress: Progress = lambda fraction, stage: None,
) -> Path:
    """Put the entry's file (or folder) into its place under SHIAGE_HOME and give that place.

    ``source``: a file, or a ``file:``, ``http:`` or ``https:`` address to take it from instead of its own origin.
    ``sha256``: the hash to hold it to where the zoo knows none. MissingWeights where the hash differs, Unreachable
    where the source doesn't answer, BadInput where there is nothing to fetch.
    """
    if item.kind == OWN:
        raise BadInput(f"'{item.name}' comes with Shiage; there is nothing to fetch.", hint="`shiage models verify`.")
    place = item.path()
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.parent / f".{place.name}.{secrets.token_hex(4)}.part"
    try:
        if item.is_folder:
            _fetch_folder(item, source, part, progress)
        else:
            wanted = item.sha256 or sha256
            if not wanted:
                raise BadInput(
                    f"The zoo knows no hash for '{item.name}', and a file of unknown content is not taken.",
                    hint="Give the sha256 that its makers publish with --sha256.",
                )
            _fetch_file(item, source, part, progress)
            check_file(part, sha256=wanted.lower(), size=item.size, name=item.name)
        _replace(part, place)
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        part.unlink(missing_ok=True)
    return place


def _fetch_file(item: Entry, source: str, part: Path, progress: Progress) -> None:
    kind, _, rest = item.origin.partition(":")
    if source:
        _copy_from(_as_address(source), part, item.size, progress)
    elif kind == "release":
        repository, _, tag = rest.partition("@")
        _copy_from(f"https://github.com/{repository}/releases/download/{tag}/{item.file}", part, item.size, progress)
    elif kind == "hub":
        progress(0.0, "fetching")
        shutil.copyfile(_from_hub(rest, item.file), part)
    else:
        raise BadInput(f"The zoo says of '{item.name}' no place to fetch it from.", hint="Give one with --from.")


def _fetch_folder(item: Entry, source: str, part: Path, progress: Progress) -> None:
    """A pipeline's files: weights as safetensors and their settings; no code, no pickles."""
    progress(0.0, "fetching")
    if source:
        folder = Path(urllib.parse.urlparse(source).path if source.startswith("file:") else source)
        if not folder.is_dir():
            raise BadInput("is not a folder.", where=source, hint="A pipeline is a folder of files.")
    else:
        folder = Path(_from_hub(item.origin.partition(":")[2], None))
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in _PLAIN:
            target = part / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    if not part.is_dir() or not any(part.rglob("*.safetensors")):
        raise MissingWeights(
            "There are no safetensors in it.", where=source or item.origin, hint="Other formats may run code."
        )


_PLAIN = {".safetensors", ".json", ".txt", ".model"}


def _from_hub(repository: str, file: str | None) -> str:
    """A file of a model hub's repository, or all its plain files, in the hub library's own cache."""
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        if file is not None:
            return hf_hub_download(repository, file)
        return str(snapshot_download(repository, allow_patterns=[f"*{suffix}" for suffix in _PLAIN]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise _silent(repository, error) from error


def _copy_from(address: str, part: Path, size: int, progress: Progress) -> None:
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:
            total = size or int(answer.headers.get("Content-Length") or 0)
            _copy(answer, part, total, progress)
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise _silent(address, error) from error


def _copy(answer: IO[bytes] | Any, part: Path, total: int, progress: Progress) -> None:
    """At most a byte more than was announced, so that a server can't fill the disk."""
    most = total + 1 if total else _MOST_BYTES
    done = 0
    with part.open("xb") as file:
        while chunk := answer.read(min(_CHUNK, most - done)):
            file.write(chunk)
            done += len(chunk)
            progress(min(1.0, done / total) if total else 0.0, "fetching")
            if done >= most:
                if not total:
                    raise TooLarge(f"The file is over {_MOST_BYTES >> 30} GiB.")
                break


def _as_address(source: str) -> str:
    scheme = urllib.parse.urlparse(source).scheme
    if scheme in ("http", "https", "file"):
        return source
    path = Path(source).expanduser().absolute()
    if not path.is_file():
        raise BadInput("is not a file.", where=source, hint="Give a file, or an address that starts with https:.")
    return path.as_uri()


def _replace(part: Path, place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    part.replace(place)


def _silent(where: str, error: Exception) -> Unreachable:
    reason = str(getattr(error, "reason", "") or error).strip().splitlines()[0][:160]
    return Unreachable(
        f"can't be fetched: {reason}.", where=where, hint="Check the connection, or fetch it by hand and give --from."
    )
