"""Compile the numba kernels once, so that the first drawing of a new installation does not wait for it."""

from __future__ import annotations

import cv2
import numpy as np

from shiage.operations import run
from shiage.values import Raster


def main() -> None:
    """Run the operations that have compiled kernels on a small drawing."""
    line = np.full((96, 96, 4), 255, np.uint8)
    cv2.circle(line, (48, 48), 30, (0, 0, 0, 255), 2, cv2.LINE_AA)
    painted = line.copy()
    cv2.circle(painted, (48, 48), 28, (200, 120, 90, 255), -1)
    run("flats", {"drawing": [Raster(line, "line")]}, {})
    run("transfer-palette", {"sketch": [Raster(line, "line")], "design": [Raster(painted, "painted")]}, {})
    run("relight", {"painting": [Raster(painted, "painted")]}, {})


if __name__ == "__main__":
    main()
