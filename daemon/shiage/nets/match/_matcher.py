"""The network as a matcher of the frames of a clip."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shiage.craft.follow.describe import Described
from shiage.craft.follow.motion import Table, flowed

from ._see import compare, see

if TYPE_CHECKING:
    from torch import Tensor

    from ._model import MatchNet

NAME = "match-regions"  # in the zoo
_KEPT = 1_500_000  # pairs of regions, of all frames whose reading is kept together: some 100 MB
_Read = tuple["Tensor", "Tensor", "Tensor"]


class RegionMatcher:
    """The network with its weights; a :class:`~shiage.craft.follow.Matcher`.

    The readings of the last frames are kept, so that a frame is read once for all its neighbours. Safe to use from
    several threads.
    """

    def __init__(self, net: MatchNet, device: str = "cpu") -> None:
        self._net = net
        self._device = device
        self._read: OrderedDict[int, tuple[Described, _Read]] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, weights: Path | None = None, device: str = "cpu") -> RegionMatcher:
        """With the weights that ship, or those of a file. MissingWeights where they are absent or not intact."""
        from ..weights import fill, read_tensors, shipped
        from ._model import MatchNet

        path = weights or shipped(NAME)
        net = MatchNet()
        fill(net, read_tensors(path), path)
        return cls(net.eval().to(device), device)

    def __call__(self, a: Described, b: Described) -> Table:
        """(n, m) float64 0..1: how surely two regions are one, or parts of one.

        Mostly that each names the other; but of a region that was cut in two each piece names the whole, while the
        whole can't name each piece for sure, so that one naming the other counts a little by itself.
        """
        there, back = self.shares(a, b)
        back = back.T
        return np.asarray(np.cbrt(there * back * (there + back) ** 2 / 4), np.float64)

    def shares(self, a: Described, b: Described) -> tuple[Table, Table]:
        """(n, m) and (m, n) float64: in which regions of the other frame each region lies; what is missing to 1 in a
        row is the chance that it lies in none.
        """
        import torch

        from ._model import shares

        told = compare(a, b, flowed(a, b))
        with torch.inference_mode():
            (x, own_x, there_x), (y, own_y, there_y) = self._look(a), self._look(b)
            across = torch.from_numpy(told)[None].to(self._device)
            scores, nobody_a, nobody_b = self._net.pairs((x, own_x, there_x), (y, own_y, there_y), across)
            forward = shares(scores, nobody_a, there_y)[0, :, :-1].exp()
            backward = shares(scores.transpose(1, 2), nobody_b, there_x)[0, :, :-1].exp()
        return forward.double().cpu().numpy(), backward.double().cpu().numpy()

    def _look(self, frame: Described) -> _Read:
        from ._batch import batch_of

        with self._lock:
            if id(frame) in self._read:
                self._read.move_to_end(id(frame))
                return self._read[id(frame)][1]
        given = batch_of([see(frame)], self._device)
        read = (*self._net.regions(given), given.there)
        with self._lock:
            self._read[id(frame)] = frame, read  # the frame too, so that no other one gets its id
            while len(self._read) > 1 and sum(len(kept) ** 2 for kept, _ in self._read.values()) > _KEPT:
                self._read.popitem(last=False)
        return read


def matcher() -> RegionMatcher:
    """The network that ships, from the process's cache. MissingWeights where it is not intact."""
    from ..cache import CACHE, module_bytes

    return CACHE.get(NAME, RegionMatcher.load, lambda made: module_bytes(made._net))
