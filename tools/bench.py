"""``make bench``: every benchmark in turn, one after the other so that they don't disturb each other's figures.

python -m tools.bench [NAME ...]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "bench"


def main() -> int:
    """Run the named benchmarks, or all; 0 when each ran."""
    scripts = sorted(FOLDER.glob("bench_*.py"))
    if wanted := set(sys.argv[1:]):
        scripts = [script for script in scripts if script.stem.removeprefix("bench_") in wanted]
    if not scripts:
        names = ", ".join(script.stem.removeprefix("bench_") for script in sorted(FOLDER.glob("bench_*.py")))
        print(f"There is no such benchmark. There are: {names}.", file=sys.stderr)
        return 2
    failed = 0
    for script in scripts:
        print(f"== {script.stem.removeprefix('bench_')}", flush=True)
        failed += subprocess.run([sys.executable, str(script)], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
