"""The commands that the pages show are taken by the program: with the files that they name, and nothing else."""

from __future__ import annotations

import re
import shlex
import zipfile
from pathlib import Path

import pytest

from documents import Sheet, flat, kra
from films import film, plain_frame
from shiage.cli import main
from shiage.values import Raster
from shiage.values.files import encode_picture

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "docs/headless.md", "docs/farm.md", "docs/inbetween.md")
# Whose single runs are carried out, too.
RUN = ("docs/inbetween.md",)
# Those that need no daemon and no host.
WANTED = ("batch", "watch", "farm")


def blocks(page: str, language: str = "") -> list[str]:
    """The page's code blocks in a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    return [text for kind, text in found if kind == language]


def commands() -> list[tuple[str, list[str]]]:
    """Each shown command of ours with its page."""
    found = []
    for page in PAGES:
        for block in blocks(page):
            for line in block.splitlines():
                words = shlex.split(line, comments=True)
                wanted = (*WANTED, "run") if page in RUN else WANTED
                if len(words) > 1 and Path(words[0]).name == "shiage" and words[1] in wanted:
                    found.append((page, words[1:]))
        # Within a sentence.
        for text in re.findall(r"`shiage ((?:batch|watch|farm) [^`]*-[^`]*)`", (ROOT / page).read_text()):
            if "..." not in text and not re.search(r"\b[A-Z]{3,}\b", text):
                found.append((page, shlex.split(text)))
    return found


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the pages speak of."""
    folder = tmp_path_factory.mktemp("studio")
    picture = encode_picture(Raster(flat((24, 16), (255, 255, 255, 255))))
    for name in ("shot", "pages", "keys", "incoming", "share/incoming"):
        (folder / name).mkdir(parents=True)
    for number in range(1001, 1301):
        (folder / f"sh010.{number}.png").write_bytes(picture)
    for number in (1001, 1002, 1100):
        (folder / "shot" / f"sh010.{number}.png").write_bytes(picture)
    for name in ("front.png", "back.png", "keys/sh010.1001.png", "a.png"):
        (folder / name).write_bytes(picture)
    moved = flat((24, 16), (255, 255, 255, 255))
    moved[4:12, 8:18] = (200, 60, 50, 255)
    for name in ("keys/sh010.1100.png", "b.png"):
        (folder / name).write_bytes(encode_picture(Raster(moved)))
    with zipfile.ZipFile(folder / "keys.zip", "w") as archive:
        for name in ("sh010.1001.png", "sh010.1100.png"):
            archive.write(folder / "keys" / name, name)
    film(folder / "clip.mp4", [plain_frame((200 + n * 8, 190, 190)) for n in range(3)], (0, 1000, 2000), sound=True)
    with zipfile.ZipFile(folder / "shot.zip", "w") as archive:
        for number in range(1001, 1101):
            archive.writestr(f"sh010.{number}.png", picture)
    page = [Sheet("Line art", flat((80, 70), (0, 0, 0, 255)))]
    (folder / "pages" / "one.kra").write_bytes(kra((80, 70), page, flat((80, 70), (255, 255, 255, 255))))
    film(folder / "walk.mp4", [plain_frame((n * 40, 90, 90)) for n in range(3)], (0, 1000, 2000))
    (chain,) = [text for text in blocks("docs/headless.md", "yaml") if text.startswith("# night.yaml")]
    (folder / "night.yaml").write_text(chain)
    (folder / "look.yaml").write_text(chain)
    return folder


def test_the_pages_show_some() -> None:
    shown = commands()
    assert {words[0] for _, words in shown} == {*WANTED, "run"}
    assert len(shown) > 15


@pytest.mark.parametrize(
    ("page", "words"), commands(), ids=lambda value: value if isinstance(value, str) else " ".join(value)
)
def test_a_shown_command_is_taken(
    page: str, words: list[str], studio: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(studio)
    words = [word.replace("/mnt/share", str(studio / "share")) for word in words]
    if words[0] == "batch":
        # All is checked and read; what it does is tested elsewhere.
        words.append("--dry-run")
    elif words[0] == "watch":
        words.append("--once")
    elif words[0] == "run":
        monkeypatch.setenv("SHIAGE_HOME", str(studio / "home"))
        words += ["--daemon", "never"]
    with pytest.raises(SystemExit) as ended:
        main(words)
    told = capsys.readouterr()
    assert ended.value.code == 0, f"{page}: {told.err}"
    if words[0] == "run":
        assert all((studio / line).is_file() for line in told.out.splitlines())
        assert told.out
    if words[0] == "farm":
        assert "Try it here with" in told.out
