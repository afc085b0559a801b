"""Spreading colours over the regions of all frames at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

_LEAST = 1e-3  # weaker links are dropped: they carry nothing and cost memory
_DOUBT = 1e-4  # what pulls a region to "unknown"

Indices = NDArray[np.int64]


class Links:
    """A sparse symmetric graph over the regions of all frames."""

    def __init__(self, counts: list[int]) -> None:
        self.first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._parts: list[tuple[Indices, Indices, NDArray[np.float64]]] = []

    def clear(self) -> None:
        """Take all links out."""
        self._parts.clear()

    def add(self, a: int, b: int, rows: Indices, columns: Indices, weight: NDArray[np.float64]) -> None:
        """Join regions ``rows`` (c,) of frame ``a`` to ``columns`` (c,) of frame ``b`` by ``weight`` (c,)."""
        kept = weight > _LEAST
        self._parts.append((rows[kept] + self.first[a], columns[kept] + self.first[b], weight[kept]))

    def matrix(self) -> sparse.csr_array:
        """All links, both ways."""
        size = int(self.first[-1])
        if not self._parts:
            return sparse.csr_array((size, size))
        rows, columns, values = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        half = sparse.coo_array((values, (rows, columns)), shape=(size, size))
        return sparse.csr_array(half + half.T)


def spread(links: Links, known: NDArray[np.bool_], colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of each colour in each region, by harmonic functions (Zhu et al. 2003).

    ``known`` (T,): regions whose colour is given; ``colours`` (T, K): their shares, ignored elsewhere. Gives (T, K)
    whose rows sum to at most 1; what is missing to 1 is doubt, since nothing links that region to a known one.
    """
    weights = links.matrix()
    free = ~known
    result = np.where(known[:, None], colours, 0.0)
    if free.any():
        inside, outside = weights[free][:, free], weights[free][:, known]
        degree = np.asarray(weights[free].sum(1)).ravel() + _DOUBT
        system = sparse.csc_array(sparse.diags_array(degree) - inside)
        result[free] = np.clip(splu(system).solve(np.asarray(outside @ colours[known])), 0, 1)
    return result
