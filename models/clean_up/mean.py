"""The mean of two trainings' weights.

``python -m clean_up.mean ONE OTHER OUT --share 0.5 --surer 0.3``: where the second went on from the first, on another
ground, the mean keeps what the first could (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022). It tells
middles less surely than either, so that their bias is raised.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from shiage.nets.clean_up._model import LineNet
from shiage.nets.weights import fill, keep_tensors, read_tensors

_MIDDLE = 1  # the plane of the head


def mean_of(one: Path, other: Path, share: float, surer: float) -> LineNet:
    """The network of `one` with a `share` (0..1) of that of `other`, and `surer` added to its logits of middles."""
    net, second = LineNet(), LineNet()
    fill(net, read_tensors(one), one)
    fill(second, read_tensors(other), other)
    theirs = second.state_dict()
    with torch.no_grad():
        for name, mine in net.state_dict().items():
            if mine.is_floating_point():
                mine.lerp_(theirs[name], share)
        net.state_dict()["head.bias"][_MIDDLE] += surer
    return net


def main() -> None:
    """Write the mean, in half precision."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("one", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=0.5, help="of the second, 0 to 1")
    parser.add_argument("--surer", type=float, default=0.3, help="added to the logits of middles")
    options = parser.parse_args()
    keep_tensors(mean_of(options.one, options.other, options.share, options.surer).state_dict(), options.out)


if __name__ == "__main__":
    main()
