"""Train an ultralytics YOLO segmentation network on puppet pages, from its yaml, with no weights of others.

``python -m segment_parts.train_yolo --out FOLDER [--pages 3000] [--epochs 60] [--size 640]`` draws pages with one to
four figures, painted and in line art, writes them with their outlines in ultralytics' layout, and trains. It goes on
where it stopped. The result is FOLDER/segment_parts_yolo.safetensors, which `shiage.nets.public.yolo.build_yolo` loads.
``--tiny`` runs the whole way on eight pages in under a minute.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import cv2
import numpy as np
import numpy.typing as npt

import puppet
from shiage.nets.parts import PARTS
from shiage.nets.public.yolo import import_yolo

ARCHITECTURE = "yolov8n-seg.yaml"


def outlines(parts: npt.NDArray[np.uint8]) -> list[tuple[int, npt.NDArray[np.float64]]]:
    """Class 0..14 and outline (n, 2), x and y 0..1, of each connected piece of each part of a page, (H, W) uint8."""
    height, width = parts.shape
    found = []
    for part in range(1, len(PARTS)):
        pieces, _ = cv2.findContours(np.asarray(parts == part, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for piece in pieces:
            if cv2.contourArea(piece) >= 12:
                simple = cv2.approxPolyDP(piece, 0.7, closed=True)[:, 0].astype(np.float64)
                if len(simple) >= 3:
                    found.append((part - 1, simple / (width, height)))
    return found


def write_page(folder: Path, size: int, seed: int) -> None:
    """One page as images/SEED.png and labels/SEED.txt."""
    rng = np.random.default_rng((seed, 41))
    page = puppet.page(seed, size, figures=int(rng.integers(1, 5)))
    picture = page.frame.colour if rng.random() < 0.5 else page.frame.on_paper()
    rows = [f"{part} " + " ".join(f"{v:.5f}" for v in line.ravel()) for part, line in outlines(page.frame.parts)]
    (folder / "labels" / f"{seed}.txt").write_text("\n".join(rows) + "\n")
    cv2.imwrite(str(folder / "images" / f"{seed}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


def draw_pages(folder: Path, count: int, size: int, seed: int, processes: int) -> None:
    """Draw those of `count` pages that are not there yet."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    wanted = [n for n in range(seed, seed + count) if not (folder / "images" / f"{n}.png").exists()]
    # Fresh processes: a fork of one whose torch has started threads hangs.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for _ in pool.map(partial(write_page, folder, size), wanted, chunksize=4):
            pass


def main() -> None:
    """Draw and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--size", type=int, default=640)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--device", default="cpu", help="cpu, or the number of a GPU")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    if options.tiny:
        options.pages, options.epochs, options.size, options.batch = 8, 1, 128, 4
    out = options.out.absolute()
    os.environ.setdefault("YOLO_CONFIG_DIR", str(out / "settings"))
    draw_pages(out / "train", options.pages, options.size, 1, options.processes)
    draw_pages(out / "val", max(4, options.pages // 20), options.size, 1_000_001, options.processes)
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(PARTS[1:]))
    (out / "parts.yaml").write_text(f"path: {out}\ntrain: train/images\nval: val/images\nnames:\n{names}")
    last = out / "run" / "weights" / "last.pt"
    yolo = import_yolo()(str(last) if last.exists() else ARCHITECTURE)
    yolo.train(
        data=str(out / "parts.yaml"),
        epochs=options.epochs,
        imgsz=options.size,
        batch=options.batch,
        device=options.device,
        workers=0,  # worker processes dead-lock beside OpenCV's threads on the CPU
        amp=False,  # its check would fetch a network
        pretrained=False,
        resume=last.exists(),
        project=str(out),
        name="run",
        exist_ok=True,
        plots=False,
        val=not options.tiny,
        # A drawing is not a photograph: figures stand upright, and hue is the costume's own.
        hsv_h=0.1,
        degrees=5,
        mosaic=0.3,
        close_mosaic=5,
    )
    _ship(out)


def _ship(out: Path) -> None:
    """The best weights as tensors alone, in half precision."""
    from safetensors.torch import save_file

    from shiage.nets.public.yolo import load_yolo

    weights = out / "run" / "weights"
    best = weights / "best.pt" if (weights / "best.pt").exists() else weights / "last.pt"
    tensors = load_yolo(best).model.state_dict()
    half = {name: (t.half() if t.is_floating_point() else t).contiguous() for name, t in tensors.items()}
    save_file(half, out / "segment_parts_yolo.safetensors")


if __name__ == "__main__":
    main()
