"""Train the in-between network.

``python -m inbetween.train --ground FOLDER --out FOLDER`` trains on pairs drawn by `inbetween.ground`; pairs that are
drawn meanwhile are taken in. It goes on where it stopped (OUT/state.pt), writes its curve to OUT/curve.csv and the
weights to OUT/inbetween.safetensors. ``--tiny`` runs the whole way on a few pairs in under a minute.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from inbetween.batches import Batch, collate, load
from inbetween.ground import PAGE, draw_pairs
from shiage.nets.inbetween._model import InbetweenNet, Motion
from shiage.nets.layout import laid_out
from training import Training, note, parser_of, ready

_HELD = "held"  # the folder, in the ground, of pairs that are kept apart


def loss_of(net: InbetweenNet, batch: Batch) -> Tensor:
    """The frame between and the blend of the warped keys (Charbonnier), the true flow at each level, who is nearer."""
    motion = net.motion(batch.a, batch.b, batch.guides)
    made = net.between(batch.a, batch.b, motion, batch.share)
    of_frame = _apart(made.frame, batch.m) + 0.3 * _apart(made.blend, batch.m)
    of_near = (torch.sigmoid(motion.near) - batch.near).abs().mean()
    return 10 * of_frame + 0.5 * of_near + 0.1 * _off(motion, batch)


def _apart(frame: Tensor, true: Tensor) -> Tensor:
    return ((frame - true) ** 2 + 1e-6).sqrt().mean()


def _off(motion: Motion, batch: Batch) -> Tensor:
    """Mean error of the flow in pixels, all levels; what is hidden in the other key counts half."""
    total = motion.flow.new_zeros(())
    for flow, share in zip([*motion.coarse, motion.flow], (0.3, 0.3, 0.5, 0.7, 1.0, 1.0), strict=True):
        scale = batch.flow.shape[-1] // flow.shape[-1]
        weight = avg_pool2d(batch.weight, scale)
        true = avg_pool2d(batch.flow * batch.weight, scale) / weight.clamp(min=1e-3)
        off = ((flow * scale - true) ** 2).sum(1, keepdim=True).add(0.01).sqrt()
        total = total + share * (off.clamp(max=60) * weight).sum() / weight.sum().clamp(min=1)
    return total


def held_out(net: InbetweenNet, batches: list[Batch], device: str) -> dict[str, float]:
    """PSNR over what moves, of the network and of a plain blend; the flow's mean error in pixels."""
    marks: dict[str, list[float]] = {"psnr": [], "blend": [], "off": []}
    net.eval()
    with torch.inference_mode():
        for each in batches:
            batch = on(each, device)
            motion = net.motion(batch.a, batch.b, batch.guides)
            frame = net.between(batch.a, batch.b, motion, batch.share).frame
            plain = batch.a * (1 - batch.share) + batch.b * batch.share
            moves = ((batch.a - batch.b).abs().amax(1) > 0.05) | ((batch.a - batch.m).abs().amax(1) > 0.05)
            for name, made in (("psnr", frame), ("blend", plain)):
                error = ((made.clamp(0, 1) - batch.m) ** 2).mean(1)
                each_one = (error * moves).sum((1, 2)) / moves.sum((1, 2)).clamp(min=1)
                marks[name] += (-10 * (each_one + 1e-6).log10()).tolist()
            off = (motion.flow - batch.flow).square().sum(1, keepdim=True).sqrt()
            marks["off"].append(float((off * batch.weight).sum() / batch.weight.sum()))
    return {name: float(np.mean(values)) for name, values in marks.items()}


def on(batch: Batch, device: str) -> Batch:
    """The batch on a device."""
    if device == "cpu":
        return batch
    fields = {name: value.to(device) for name, value in vars(batch).items() if isinstance(value, Tensor)}
    guides = [type(g)(g.flow.to(device), g.sure.to(device)) for g in batch.guides]
    return Batch(**fields, guides=(guides[0], guides[1]))


def main() -> None:
    """Train until the time is up."""
    parser = parser_of(__doc__, minutes=60, every=100)
    parser.add_argument("--ground", type=Path, help="a folder of pairs drawn by inbetween.ground")
    parser.add_argument("--batch", type=int, default=4, help="pairs a step")
    parser.add_argument("--side", type=int, default=224, help="pixels of a cut-out, a multiple of 32")
    options = parser.parse_args()
    ready(options)
    if options.tiny:
        options.ground = options.out / "ground"
        draw_pairs(options.ground / _HELD, 1, 1, 1)
        draw_pairs(options.ground, 2, 3, 1)
        options.minutes, options.every, options.batch, options.side = 0.1, 4, 2, 96
    elif not options.ground:
        parser.error("there is nothing to train on: draw puppets with `python -m inbetween.ground` first")
    held = [
        collate([load(path)], None, PAGE if not options.tiny else options.side)
        for path in sorted((options.ground / _HELD).glob("*.npz"))
    ]
    net = laid_out(InbetweenNet(), options.device)
    training = Training(
        net, options.out, options.minutes, options.device, rate=8e-4, warm=100, decay=1e-3, clip=1.0, betas=(0.9, 0.99)
    )
    rng = np.random.default_rng((options.seed, training.step))
    losses: list[float] = []
    paths = sorted(options.ground.glob("*.npz"))
    while not training.over:
        chosen = [load(paths[i]) for i in rng.integers(0, len(paths), options.batch)]
        with training.forward():
            loss = loss_of(net, on(collate(chosen, rng, options.side), options.device))
        losses.append(training.learn(loss))
        if training.step % options.every == 0 or training.over:
            training.save("inbetween")
            row = training.row(float(np.mean(losses))) | held_out(training.averaged, held, options.device)
            note(options.out / "curve.csv", row)
            losses, paths = [], sorted(options.ground.glob("*.npz"))
    training.save("inbetween")


if __name__ == "__main__":
    main()
