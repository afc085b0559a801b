"""How alike pictures are for a network: FID and LPIPS where their real weights are here, else by a network of ours.

What is not measured with the published weights is never called by the published name: the distances below that use the
network of `recognize` have names of their own and can't be compared with figures from papers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput, NotReady
from . import zoo

if TYPE_CHECKING:
    from torch import Tensor, nn

INCEPTION, ALEXNET = "fid-inception", "lpips-alexnet"  # in the zoo
OWN_FRECHET, OWN_DISTANCE = "frechet-distance-of-recognize", "distance-of-recognize"
_SIDE = 192  # pixels that our own network compares pictures at

Picture = NDArray[np.uint8]
Check = Callable[[], None]


def frechet(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The Frechet distance of two sets of features, (n, d) and (m, d), each as a Gaussian (Heusel et al. 2017)."""
    means = one.mean(0) - other.mean(0)
    a, b = (np.atleast_2d(np.cov(f, rowvar=False)) for f in (one, other))
    # The trace of (a b)^(1/2) by the symmetric root of a: eigenvalues stay real where a x b is not symmetric.
    values, vectors = np.linalg.eigh(a)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    between = np.sqrt(np.linalg.eigvalsh(root @ b @ root).clip(0)).sum()
    # Rounding may take it below.
    return max(0.0, float(means @ means + np.trace(a) + np.trace(b) - 2 * between))


def fid(real: Sequence[Picture], fake: Sequence[Picture], check: Check = lambda: None) -> float:
    """The Frechet Inception distance of two sets of pictures, (H, W, 3) uint8 each, as torch-fidelity computes it.

    MissingWeights where the zoo's Inception weights were not pulled, NotReady where torch-fidelity is not installed.
    """
    path = zoo.intact(zoo.entry(INCEPTION))
    net = _inception(path)
    return frechet(*(_features(net, pictures, check) for pictures in (real, fake)))


def own_frechet(real: Sequence[Picture], fake: Sequence[Picture], check: Check = lambda: None) -> float:
    """OWN_FRECHET: the Frechet distance of the features that `recognize`'s own network finds."""
    _enough(real, fake)

    def features(pictures: Sequence[Picture]) -> NDArray[np.float64]:
        rows = []
        for picture in pictures:
            check()
            rows.append(_levels([picture])[-1].mean((2, 3))[0].double().numpy())
        return np.stack(rows)

    return frechet(features(real), features(fake))


def lpips(real: Picture, fake: Picture) -> float:
    """LPIPS (Zhang et al. 2018, AlexNet) of two pictures, (H, W, 3) uint8.

    MissingWeights where the zoo's AlexNet was not pulled, NotReady where the package lpips is not installed.
    """
    import torch

    net = _lpips(zoo.intact(zoo.entry(ALEXNET)))
    given = (torch.from_numpy(p.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1 for p in (real, fake))
    with torch.inference_mode():
        return float(net(*given))


def own_distance(real: Picture, fake: Picture) -> float:
    """OWN_DISTANCE: how far two pictures are apart in `recognize`'s own network, 0 alike .. about 1: unit features of
    each layer compared place by place, as LPIPS does, without learned weights."""
    a, b = _levels([real]), _levels([fake])
    apart = []
    for one, other in zip(a, b, strict=True):
        one, other = (f / (f.norm(dim=1, keepdim=True) + 1e-6) for f in (one, other))  # noqa: PLW2901
        apart.append(float((one - other).square().sum(1).mean()) / 2)
    return float(np.mean(apart))


def _levels(pictures: Sequence[Picture]) -> list[Tensor]:
    """The features of each layer, (B, C, h, w), of pictures at one size."""
    import torch

    from .look import look_of
    from .recognize import recognizer

    looks = []
    for picture in pictures:
        small = np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)
        inside = np.full((_SIDE, _SIDE), 255, np.uint8)
        looks.append(look_of(small, inside, (_SIDE, _SIDE)).planes)
    x = torch.from_numpy(np.stack(looks)).permute(0, 3, 1, 2).float() / 255
    net = recognizer()._net
    levels = []
    with torch.inference_mode():
        for layer in (net.stem, *net.trunk):
            x = layer(x)
            levels.append(x)
    return levels


def _enough(real: Sequence[Picture], fake: Sequence[Picture]) -> None:
    if min(len(real), len(fake)) < 2:
        raise BadInput("A distance of sets needs two pictures on either side, better hundreds.")


def _features(net: nn.Module, pictures: Sequence[Picture], check: Check) -> NDArray[np.float64]:
    import torch

    if len(pictures) < 2:
        raise BadInput("FID needs two pictures on either side, better thousands.")
    rows = []
    for picture in pictures:
        check()
        given = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None]
        with torch.inference_mode():
            rows.append(net(given)[0].double().numpy())
    return np.concatenate(rows)


def _inception(path: Path) -> nn.Module:
    from .torchvision_ops import mend

    mend()
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise NotReady("FID needs the package torch-fidelity.", hint="pip install 'shiage[eval]'") from error
    made: nn.Module = FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=str(path))
    return made.eval()


def _lpips(path: Path) -> nn.Module:
    from .torchvision_ops import mend
    from .weights import read_tensors

    mend()
    try:
        import lpips as package
    except ImportError as error:
        raise NotReady("LPIPS needs the package lpips.", hint="pip install 'shiage[eval]'") from error
    made: nn.Module = package.LPIPS(net="alex", pnet_rand=True, verbose=False)
    tensors = read_tensors(path)
    backbone = made.get_submodule("net")
    # The package cuts the backbone into slices but keeps its layers' numbers: slice2.3.weight is features.3.weight.
    wanted = {name: tensors[f"features.{name.split('.', 1)[1]}"] for name in backbone.state_dict()}
    backbone.load_state_dict(wanted)
    return made.eval()
