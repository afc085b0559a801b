"""Numba kernels that put shapes and lines on a raster in painter's order, and label what lies between the lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .kernel import kernel

NO_LINE = -1

Ids = NDArray[np.int32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Points = NDArray[np.float64]
Flags = NDArray[np.bool_]


@kernel
def _allowed(ids: Ids, groups: Ints, clip: int, y: int, x: int) -> bool:
    if clip < 0:
        return True
    k = ids[y, x]
    return bool(k >= 0 and groups[k] == clip)


@kernel
def _fill(
    ids: Ids,
    uv: Floats,
    cov: Floats,
    line: Ids,
    line_shape: Ints,
    contour: Flags,
    pts: Points,
    k: int,
    clips: Ints,
    groups: Ints,
    want_uv: bool,
) -> None:
    """Non-zero winding fill of one closed outline; lines beneath vanish."""
    h, w = ids.shape
    n = pts.shape[0]
    clip = clips[k]
    ymin = 1e9
    ymax = -1e9
    for i in range(n):
        ymin = min(ymin, pts[i, 1])
        ymax = max(ymax, pts[i, 1])
    y0 = max(0, int(np.ceil(ymin - 0.5)))
    y1 = min(h - 1, int(np.floor(ymax - 0.5)))
    xs = np.empty(n + 1, np.float64)
    ws = np.empty(n + 1, np.int64)
    for y in range(y0, y1 + 1):
        yc = y + 0.5
        m = 0
        for i in range(n):
            j = i + 1 if i + 1 < n else 0
            ya = pts[i, 1]
            yb = pts[j, 1]
            if (ya <= yc) != (yb <= yc):
                x = pts[i, 0] + (yc - ya) / (yb - ya) * (pts[j, 0] - pts[i, 0])
                d = 1 if yb > ya else -1
                p = m
                while p > 0 and xs[p - 1] > x:
                    xs[p] = xs[p - 1]
                    ws[p] = ws[p - 1]
                    p -= 1
                xs[p] = x
                ws[p] = d
                m += 1
        wind = 0
        for q in range(m - 1):
            wind += ws[q]
            if wind == 0:
                continue
            a = max(0, int(np.ceil(xs[q] - 0.5)))
            b = min(w - 1, int(np.ceil(xs[q + 1] - 0.5)) - 1)
            for x in range(a, b + 1):
                if not _allowed(ids, groups, clip, y, x):
                    continue
                # A patch laid upon its parent leaves the parent's own outline alone, not that of another such patch.
                drawn = line_shape[line[y, x]] if line[y, x] >= 0 and contour[line[y, x]] else -1
                ids[y, x] = k
                if clip < 0 or drawn < 0 or groups[drawn] != clip or clips[drawn] == clip:
                    cov[y, x] = 0.0
                    line[y, x] = -1
                if want_uv:
                    uv[y, x, 0] = -1.0


@kernel
def _triangle(
    ids: Ids,
    uv: Floats,
    k: int,
    ax: float,
    ay: float,
    bx: float,
    by: float,
    cx: float,
    cy: float,
    au: int,
    av: int,
    bu: int,
    bv: int,
    cu: int,
    cv: int,
) -> None:
    h, w = ids.shape
    det = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    if abs(det) < 1e-9:
        return
    x0 = max(0, int(np.floor(min(ax, bx, cx) - 1.0)))
    x1 = min(w - 1, int(np.ceil(max(ax, bx, cx))))
    y0 = max(0, int(np.floor(min(ay, by, cy) - 1.0)))
    y1 = min(h - 1, int(np.ceil(max(ay, by, cy))))
    inv = 1.0 / det
    for y in range(y0, y1 + 1):
        py = y + 0.5 - ay
        for x in range(x0, x1 + 1):
            if ids[y, x] != k:
                continue
            px = x + 0.5 - ax
            s = (px * (cy - ay) - (cx - ax) * py) * inv
            t = ((bx - ax) * py - px * (by - ay)) * inv
            if s < -1e-3 or t < -1e-3 or s + t > 1.002:
                continue
            uv[y, x, 0] = au + s * (bu - au) + t * (cu - au)
            uv[y, x, 1] = av + s * (bv - av) + t * (cv - av)


@kernel
def _coordinates(ids: Ids, uv: Floats, k: int, grid: Points) -> None:
    n, m = grid.shape[0], grid.shape[1]
    for i in range(n - 1):
        for j in range(m - 1):
            a, b = grid[i, j], grid[i, j + 1]
            c, d = grid[i + 1, j], grid[i + 1, j + 1]
            _triangle(ids, uv, k, a[0], a[1], b[0], b[1], c[0], c[1], i, j, i, j + 1, i + 1, j)
            _triangle(ids, uv, k, d[0], d[1], c[0], c[1], b[0], b[1], i + 1, j + 1, i + 1, j, i, j + 1)


@kernel
def _ink(
    ids: Ids,
    cov: Floats,
    line: Ids,
    param: Floats,
    pts: Points,
    half: Points,
    index: int,
    k: int,
    clip: int,
    inside: bool,
    groups: Ints,
) -> None:
    """One stroke: coverage by the distance to its centre line, the larger coverage wins."""
    h, w = ids.shape
    for i in range(pts.shape[0] - 1):
        ra, rb = half[i], half[i + 1]
        if ra <= 0.0 or rb <= 0.0:
            continue
        ax, ay = pts[i, 0], pts[i, 1]
        dx, dy = pts[i + 1, 0] - ax, pts[i + 1, 1] - ay
        ll = dx * dx + dy * dy
        r = max(ra, rb) + 1.0
        x0 = max(0, int(np.floor(min(ax, ax + dx) - r)))
        x1 = min(w - 1, int(np.ceil(max(ax, ax + dx) + r)))
        y0 = max(0, int(np.floor(min(ay, ay + dy) - r)))
        y1 = min(h - 1, int(np.ceil(max(ay, ay + dy) + r)))
        for y in range(y0, y1 + 1):
            py = y + 0.5 - ay
            for x in range(x0, x1 + 1):
                px = x + 0.5 - ax
                t = (px * dx + py * dy) / ll if ll > 1e-12 else 0.0
                t = min(1.0, max(0.0, t))
                ex, ey = px - t * dx, py - t * dy
                rad = ra + t * (rb - ra)
                c = rad + 0.5 - np.sqrt(ex * ex + ey * ey)
                if c <= 0.0:
                    continue
                c = min(c, 1.0, 2.0 * rad)
                if c <= cov[y, x] or (inside and ids[y, x] != k):
                    continue
                if ids[y, x] != k and not _allowed(ids, groups, clip, y, x):
                    continue
                cov[y, x] = c
                line[y, x] = index
                param[y, x] = i + t


@kernel
def paint(
    h: int,
    w: int,
    want_uv: bool,
    outline: Points,
    outline_at: Ints,
    grid: Points,
    grid_at: Ints,
    grid_n: Ints,
    grid_m: Ints,
    filled: Flags,
    clips: Ints,
    groups: Ints,
    vertex: Points,
    half: Points,
    vertex_at: Ints,
    stroke_of: Ints,
    stroke_inside: Flags,
    stroke_contour: Flags,
    stroke_shape: Ints,
) -> tuple[Ids, Floats, Floats, Ids, Floats]:
    """Paint shapes 0..S-1 in this order.

    Returns ids (h, w) int32 (-1 background), uv (h, w, 2) float32 in grid cells (or (1, 1, 2) if not wanted), line
    coverage (h, w) float32, line (h, w) int32 stroke index or -1, param (h, w) float32 place on that stroke.
    """
    ids = np.full((h, w), -1, np.int32)
    cov = np.zeros((h, w), np.float32)
    line = np.full((h, w), -1, np.int32)
    param = np.zeros((h, w), np.float32)
    uv = np.full((h, w, 2), -1.0, np.float32) if want_uv else np.full((1, 1, 2), -1.0, np.float32)
    for k in range(filled.shape[0]):
        if filled[k]:
            pts = outline[outline_at[k] : outline_at[k + 1]]
            _fill(ids, uv, cov, line, stroke_shape, stroke_contour, pts, k, clips, groups, want_uv)
            if want_uv:
                g = grid[grid_at[k] : grid_at[k + 1]].reshape(grid_n[k], grid_m[k], 2)
                _coordinates(ids, uv, k, g)
        for s in range(stroke_of[k], stroke_of[k + 1]):
            a, b = vertex_at[s], vertex_at[s + 1]
            _ink(ids, cov, line, param, vertex[a:b], half[a:b], s, k, clips[k], stroke_inside[s], groups)
    return ids, uv, cov, line, param


@kernel
def heal_coordinates(ids: Ids, uv: Floats, grid: Points, grid_at: Ints) -> None:
    """Pixels of a shape that no cell reached take the coordinates of a neighbour, or of the nearest grid vertex."""
    h, w = ids.shape
    for y in range(h):
        for x in range(w):
            k = ids[y, x]
            if k < 0 or uv[y, x, 0] >= 0.0:
                continue
            best = 1e9
            for dy in range(-2, 3):
                for dx in range(-2, 3):
                    yy, xx = y + dy, x + dx
                    if yy < 0 or xx < 0 or yy >= h or xx >= w or ids[yy, xx] != k or uv[yy, xx, 0] < 0.0:
                        continue
                    d = dy * dy + dx * dx
                    if d < best:
                        best = d
                        uv[y, x, 0] = uv[yy, xx, 0]
                        uv[y, x, 1] = uv[yy, xx, 1]
            if best < 1e8:
                continue
            a, b = grid_at[k, 0], grid_at[k, 1]
            m = grid_at[k, 2]
            for i in range(a, b):
                d = (grid[i, 0] - x - 0.5) ** 2 + (grid[i, 1] - y - 0.5) ** 2
                if d < best:
                    best = d
                    uv[y, x, 0] = (i - a) // m
                    uv[y, x, 1] = (i - a) % m


@kernel
def label_areas(key: Ids, is_line: Flags, min_area: int) -> tuple[Ids, int]:
    """4-connected areas of one key between lines.

    key: (h, w) int32; is_line: (h, w) bool. Returns labels (h, w) int32, 0 = line or an area under min_area pixels,
    and the number of labels.
    """
    h, w = key.shape
    out = np.zeros((h, w), np.int32)
    parent = np.zeros(h * w + 2, np.int32)
    area = np.zeros(h * w + 2, np.int32)
    used = 0
    for y in range(h):
        for x in range(w):
            if is_line[y, x]:
                continue
            left = out[y, x - 1] if x > 0 and not is_line[y, x - 1] and key[y, x - 1] == key[y, x] else 0
            up = out[y - 1, x] if y > 0 and not is_line[y - 1, x] and key[y - 1, x] == key[y, x] else 0
            if left == 0 and up == 0:
                used += 1
                parent[used] = used
                out[y, x] = used
            elif up in (0, left) or left == 0:
                out[y, x] = max(left, up)
            else:
                a, b = left, up
                while parent[a] != a:
                    parent[a] = parent[parent[a]]
                    a = parent[a]
                while parent[b] != b:
                    parent[b] = parent[parent[b]]
                    b = parent[b]
                parent[max(a, b)] = min(a, b)
                out[y, x] = min(a, b)
            area[out[y, x]] += 1
    # A root has the least number of its area, so one pass in rising order finds all roots.
    for i in range(1, used + 1):
        if parent[i] != i:
            parent[i] = parent[parent[i]]
            area[parent[i]] += area[i]
    count = 0
    name = np.zeros(used + 1, np.int32)
    for i in range(1, used + 1):
        if parent[i] == i and area[i] >= min_area:
            count += 1
            name[i] = count
        elif parent[i] != i:
            name[i] = name[parent[i]]
    for y in range(h):
        for x in range(w):
            out[y, x] = name[out[y, x]]
    return out, count


@kernel
def cast(levels: Ints, ids: Ids, shift_x: float, shift_y: float, steps: int) -> Flags:
    """(h, w) bool: pixels whose way towards the light meets a shape of a higher level within the given reach."""
    h, w = ids.shape
    out = np.zeros((h, w), np.bool_)
    for y in range(h):
        for x in range(w):
            k = ids[y, x]
            if k < 0 or levels[k] <= 0:
                continue
            for s in range(1, steps + 1):
                yy, xx = int(y + shift_y * s), int(x + shift_x * s)
                if yy < 0 or xx < 0 or yy >= h or xx >= w:
                    break
                q = ids[yy, xx]
                if q >= 0 and levels[q] > levels[k]:
                    out[y, x] = True
                    break
    return out


@kernel
def grid_places(
    ids: Ids,
    uv: Floats,
    grid_a: Points,
    at_a: Ints,
    grid_b: Points,
    at_b: Ints,
    to_b: Ints,
    out: Floats,
    valid: Flags,
) -> None:
    """Fill out (h, w, 2) with where each pixel's material point lies in the other frame.

    at: (S, 3) first vertex, last vertex + 1, columns. to_b: (S,) index of the same shape in B, or -1.
    """
    h, w = ids.shape
    for y in range(h):
        for x in range(w):
            k = ids[y, x]
            if k < 0 or to_b[k] < 0:
                continue
            q = to_b[k]
            a, m = at_b[q, 0], at_b[q, 2]
            n = (at_b[q, 1] - a) // m
            i = min(int(uv[y, x, 0]), n - 2)
            j = min(int(uv[y, x, 1]), m - 2)
            fu, fv = uv[y, x, 0] - i, uv[y, x, 1] - j
            p = a + i * m + j
            qa = at_a[k, 0] + i * m + j
            for c in range(2):
                # The pixel's own place from its coordinates is taken off again, so that healed edges do not jump.
                if fu + fv <= 1.0:
                    to = grid_b[p, c] + fv * (grid_b[p + 1, c] - grid_b[p, c]) + fu * (grid_b[p + m, c] - grid_b[p, c])
                    at = (
                        grid_a[qa, c]
                        + fv * (grid_a[qa + 1, c] - grid_a[qa, c])
                        + fu * (grid_a[qa + m, c] - grid_a[qa, c])
                    )
                else:
                    e, f = p + m + 1, qa + m + 1
                    to = (
                        grid_b[e, c]
                        + (1 - fv) * (grid_b[e - 1, c] - grid_b[e, c])
                        + (1 - fu) * (grid_b[p + 1, c] - grid_b[e, c])
                    )
                    at = (
                        grid_a[f, c]
                        + (1 - fv) * (grid_a[f - 1, c] - grid_a[f, c])
                        + (1 - fu) * (grid_a[qa + 1, c] - grid_a[f, c])
                    )
                out[y, x, c] = to - at
            valid[y, x] = True


@kernel
def line_places(
    line: Ids,
    param: Floats,
    take: Flags,
    vertex_a: Points,
    first_a: Ints,
    vertex_b: Points,
    first_b: Ints,
    to_b: Ints,
    out: Floats,
    valid: Flags,
) -> None:
    """As `grid_places` for line pixels: the displacement of the nearest place on the stroke's centre line."""
    h, w = line.shape
    for y in range(h):
        for x in range(w):
            s = line[y, x]
            if s < 0 or not take[y, x]:
                continue
            if to_b[s] < 0:
                valid[y, x] = False
                continue
            q = to_b[s]
            i = min(int(param[y, x]), first_a[s + 1] - first_a[s] - 2, first_b[q + 1] - first_b[q] - 2)
            f = param[y, x] - i
            a, b = first_a[s] + i, first_b[q] + i
            for c in range(2):
                pa = vertex_a[a, c] + f * (vertex_a[a + 1, c] - vertex_a[a, c])
                pb = vertex_b[b, c] + f * (vertex_b[b + 1, c] - vertex_b[b, c])
                out[y, x, c] = pb - pa
            valid[y, x] = True


@kernel
def seams(key: Ids, ids: Ids, cover: Floats, threshold: float) -> Floats:
    """(h, w) float32, 1 on the nearer shape's side of every border between two keys that no line parts."""
    h, w = ids.shape
    out = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            if cover[y, x] >= threshold:
                continue
            for back in range(2):
                yy, xx = (y, x - 1) if back == 0 else (y - 1, x)
                if yy < 0 or xx < 0 or cover[yy, xx] >= threshold or key[yy, xx] == key[y, x]:
                    continue
                if ids[y, x] > ids[yy, xx]:
                    out[y, x] = 1.0
                else:
                    out[yy, xx] = 1.0
    return out
