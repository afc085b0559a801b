"""Train an ultralytics YOLO segmentation network on the figures of puppet pages and of real drawings, from its yaml.

``python -m segment_parts.train_yolo --out FOLDER [--pages 2000] [--hours 1.4]`` draws what is not drawn yet (see
`segment_parts.pages`), then trains from scratch, with no weights of others. It goes on where it stopped; its curve is
FOLDER/run/results.csv. The result is FOLDER/segment_parts_yolo.safetensors, in half precision, which
`shiage.nets.parts` loads. ``--tiny`` runs the whole way on a few pages in under a minute.
"""

from __future__ import annotations

import argparse
import csv
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from recognize.score import default_bench
from segment_parts import pages
from shiage.nets.parts import PARTS
from shiage.nets.parts._instances import ARCHITECTURE, SIZE
from shiage.nets.public.yolo import import_yolo, load_yolo
from shiage.nets.weights import keep_tensors


def main() -> None:
    """Draw and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--bench", type=Path, default=default_bench())
    parser.add_argument("--hours", type=float, default=1.4, help="of training, all runs together")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--device", default="cpu", help="cpu, or the number of a GPU")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--ship", action="store_true", help="only write the weights of a training that was stopped")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    out = options.out.absolute()
    if options.ship:
        ship(out)
        return
    os.environ.setdefault("YOLO_CONFIG_DIR", str(out / "settings"))
    if options.tiny:
        options.pages, options.hours, options.batch = 4, 0, 4
        options.bench = out / "none"
    pages.draw_all(out, options.pages, options.bench, options.threads)
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(PARTS[1:]))
    (out / "parts.yaml").write_text(f"path: {out}\ntrain: train/images\nval: val/images\nnames:\n{names}")
    train(out, options)
    ship(out)


def train(out: Path, options: argparse.Namespace) -> None:
    """Train until the time is up."""
    last = out / "run" / "weights" / "last.pt"
    yolo = import_yolo()(str(last) if last.exists() else ARCHITECTURE)
    torch.set_num_threads(options.threads)
    with _half(options.device):
        yolo.train(
            data=str(out / "parts.yaml"),
            epochs=1 if options.tiny else 100,
            time=max(options.hours - _spent(out), 0.01) if options.hours else None,
            imgsz=max(SIZE),
            rect=True,
            batch=options.batch,
            nbs=options.batch,  # every batch is a step: the training is short
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
            optimizer="AdamW",
            lr0=1.5e-3,
            warmup_epochs=0.3,
            # A drawing is not a photograph: figures stand upright, and hue is the costume's own.
            hsv_h=0.1,
            hsv_s=0.5,
            hsv_v=0.3,
            degrees=6,
            translate=0.05,
            scale=0.25,
            mosaic=0,
        )


def _half(device: str) -> AbstractContextManager[object]:
    """On the CPU bfloat16 is half again as fast; ultralytics' own switch knows GPUs alone."""
    return torch.autocast("cpu", torch.bfloat16) if device == "cpu" else nullcontext()


def _spent(out: Path) -> float:
    """Hours that earlier runs trained."""
    curve = out / "run" / "results.csv"
    if not curve.exists():
        return 0.0
    with curve.open() as file:
        seconds = [float(row["time"]) for row in csv.DictReader(file)]
    # Each run counts its seconds from nought: what was spent is the sum of the runs' last figures.
    ends = [now for now, then in zip(seconds, [*seconds[1:], 0.0], strict=True) if then < now]
    return sum(ends) / 3600


def ship(out: Path) -> None:
    """The best weights as tensors alone, in half precision."""
    weights = out / "run" / "weights"
    best = weights / "best.pt" if (weights / "best.pt").exists() else weights / "last.pt"
    net = load_yolo(best).model
    assert isinstance(net, torch.nn.Module)
    keep_tensors(net.state_dict(), out / "segment_parts_yolo.safetensors")


if __name__ == "__main__":
    main()
