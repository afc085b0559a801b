"""Colour every sketch from each of its designs through the daemon, score it, and show it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from shiage.cli.remote import run_remote
from shiage.cli.sources import Source
from shiage.client import Client, start
from shiage.values import Kind, Raster
from shiage.values.files import encode_picture, write_bytes

from .cases import ROOT, Case, bench_cases, bench_folder, drawn_cases
from .score import score_drawn
from .sheet import write_index, write_sheet

DEMO = ROOT / "demo"


def main() -> int:
    """Run the demo; 0 when every pair was coloured."""
    began = time.monotonic()
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir()
    bench = bench_folder()
    cases = bench_cases(bench) if bench else drawn_cases(DEMO / "drawn")
    with start([sys.executable, "-m", "shiage"], DEMO / "home") as client:
        try:
            print(f"The daemon answers at {client.lock.address}.")
            _colour(client, cases)
        finally:
            client.shutdown()
    if bench:
        command = [sys.executable, str(bench / "score.py"), str(bench / "truth"), str(DEMO / "out")]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    else:
        text = score_drawn(cases, DEMO / "out")
    print(text)
    (DEMO / "score.txt").write_text(text)
    write_sheet(cases, DEMO)
    write_index(cases, DEMO, text)
    print(f"{sum(len(case.designs) for case in cases)} colourings in {time.monotonic() - began:.0f} s.")
    print(f"Open {DEMO / 'index.html'} or {DEMO / 'sheet.png'}.")
    return 0


def _colour(client: Client, cases: list[Case]) -> None:
    for case in cases:
        sketch = Source(Kind.RASTER, case.sketch)
        flats = run_remote(client, "flats", {"drawing": (sketch,)}, {})
        _write(flats["flats"][0], DEMO / "flats" / f"{case.character}_{case.sketch_id}.png")
        for name, files in case.designs.items():
            designs = tuple(Source(Kind.RASTER, file) for file in files)
            result = run_remote(client, "transfer-palette", {"sketch": (sketch,), "design": designs}, {})
            _write(result["picture"][0], DEMO / "out" / f"{case.result_name(name)}.png")
            print(f"coloured {case.sketch.name} from {', '.join(file.name for file in files)}")


def _write(value: object, path: Path) -> None:
    assert isinstance(value, Raster)
    write_bytes(path, encode_picture(value))


if __name__ == "__main__":
    sys.exit(main())
