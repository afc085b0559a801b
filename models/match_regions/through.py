"""What is asked of the network in the end: that colours spread from one drawing over the links to all others.

Pair by pair it learns which regions may be one; not how strong a link must be beside others, and that a region which
nobody knows had better be tied to nothing than to what it is not. So the colours of one drawing of each family are
spread over its pairs as :mod:`shiage.craft.follow.spread` spreads them over a clip, and the links learn from where they
arrive.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .batches import Batch

_WEIGHTS = {1: 1.0, 2: 0.5, 3: 0.15}  # of pairs of drawings this far apart, as in `shiage.craft.follow.carry`
_DOUBT = 1e-3  # more than there, for single precision
_OPEN = 0.01  # the chance that what links say is wrong
_KEYS = 0, 3  # drawings of a family whose colours are given, one after the other
_FAMILY = 4  # drawings


def spread_loss(forward: Tensor, back: Tensor, batch: Batch) -> Tensor:
    """The mean surprise at the true colours of all drawings but the coloured one.

    forward, back: (P, N, N + 1) log shares of the pairs, each with "nobody" last. Regions whose colour the coloured
    drawing has not are not asked.
    """
    there, other = forward[..., :-1], back[..., :-1].transpose(1, 2)
    # The matcher's fit to the power 1.5, which links have.
    fits = torch.exp((there + other) / 2) * (there.exp() + other.exp()) / 2
    lost = []
    for first in range(0, len(batch.colour), _FAMILY):
        pairs = [p for p in range(len(batch.a)) if first <= int(batch.a[p]) < first + _FAMILY]
        known = batch.colour[first : first + _FAMILY] >= 0
        links = _joined(fits, batch, pairs, first, known)
        names, colour = torch.unique(batch.colour[first : first + _FAMILY][known], return_inverse=True)
        drawing = torch.arange(_FAMILY, device=known.device)[:, None].expand_as(known)[known]
        for key in _KEYS:
            given = drawing == key
            shown = torch.zeros(len(names), dtype=torch.bool, device=known.device)
            shown[colour[given]] = True
            asked = ~given & shown[colour]
            if bool(given.any()) and bool(asked.any()):
                told = _spread(links, given, colour, len(names))[asked[~given]]
                right = told.gather(1, colour[asked][:, None])[:, 0]
                lost.append(-torch.log(right * (1 - _OPEN) + _OPEN / int(shown.sum())).mean())
    return torch.stack(lost).mean() if lost else fits.sum() * 0


def _joined(fits: Tensor, batch: Batch, pairs: list[int], first: int, known: Tensor) -> Tensor:
    """(T, T): the links among all regions of a family whose colour is known."""
    most = known.shape[1]
    table = fits.new_zeros(_FAMILY * most, _FAMILY * most)
    for p in pairs:
        a, b = int(batch.a[p]) - first, int(batch.b[p]) - first
        part = fits[p] * _WEIGHTS[abs(a - b)]
        table = table + torch.nn.functional.pad(
            part, (b * most, (_FAMILY - 1 - b) * most, a * most, (_FAMILY - 1 - a) * most)
        )
    kept = known.flatten()
    table = table[kept][:, kept]
    return table + table.T


def _spread(links: Tensor, given: Tensor, colour: Tensor, count: int) -> Tensor:
    """(free, K): the share of each colour in the regions that are not given."""
    free = ~given
    inside, outside = links[free][:, free], links[free][:, given]
    degree = inside.sum(1) + outside.sum(1) + _DOUBT
    start = torch.nn.functional.one_hot(colour[given], count).to(links.dtype)
    with torch.autocast(links.device.type, enabled=False):  # half precision loses weak links
        told: Tensor = torch.linalg.solve(torch.diag(degree) - inside, outside @ start)
        return told.clamp(0, 1)
