"""The trained matcher, as the seam in `craft.matching` wants it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shiage.craft.matching import Affinity, Company, Sheet
from shiage.craft.matching.resemblance import measure_resemblance
from shiage.craft.matching.shapes import Shapes
from shiage.craft.strips import Check, never_stop

if TYPE_CHECKING:
    from ._model import PairNet

NAME = "match-designs"  # in the zoo
_AT_ONCE = 1 << 18  # pairs that are scored together: about 100 MB


class DesignMatcher:
    """The network with its weights; a `Matcher`."""

    def __init__(self, net: PairNet) -> None:
        self._net = net
        self.company = Company(net.company.double().numpy(), float(net.prior))

    @classmethod
    def load(cls, weights: Path | None = None) -> DesignMatcher:
        """With the weights that ship, or those of a file. MissingWeights where they are absent or not intact."""
        from ..weights import fill, read_tensors, shipped
        from ._model import PairNet

        path = weights or shipped(NAME)
        net = PairNet()
        fill(net, read_tensors(path), path)
        return cls(net.eval())

    def __call__(self, sketch: Shapes, design: Sheet, check: Check = never_stop) -> Affinity:
        """Score every (region, area) by where they lie in their figures, their shapes, and which parts they may be."""
        import torch

        measured, agreement, gates = measure_resemblance(sketch, design, check)
        rows = max(1, _AT_ONCE // measured.shape[1])
        scores = np.empty(measured.shape[:2])
        with torch.inference_mode():
            open_to = torch.from_numpy(gates).float()
            for first in range(0, len(measured), rows):
                check()
                given = torch.from_numpy(measured[first : first + rows]).float()
                scores[first : first + rows] = self._net(given, open_to.expand(len(given), -1)).double().numpy()
        return Affinity(scores, agreement)


def design_matcher() -> DesignMatcher:
    """The network that ships, from the process's cache. MissingWeights where it is not intact."""
    from ..cache import CACHE, module_bytes

    return CACHE.get(NAME, DesignMatcher.load, lambda made: module_bytes(made._net))
