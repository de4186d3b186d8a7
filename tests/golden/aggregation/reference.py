"""Aggregation rules in float64, straight from their definitions: slow, in numpy, and with no line in common with the program
that they check. Distances are sums of squared differences, covariances are d × d matrices, and sets are looked at one by one.

A rule takes rows (n × d, finite), f (Byzantine rows to withstand among them) and its other parameters by name.
"""

import itertools

import numpy as np


def finite(rows):
    """The rows without NaN and infinity, and the indices of the others."""
    good = np.isfinite(rows).all(axis=1)
    return rows[good], [int(i) for i in np.flatnonzero(~good)]


def distances(rows):
    return np.array([[np.sum((a - b) ** 2) for b in rows] for a in rows])


def nearest(values, count):
    """Indices of the `count` smallest, ascending; of equal ones the lower index first."""
    return sorted(sorted(range(len(values)), key=lambda i: (values[i], i))[:count])


def mean(rows, **_):
    return rows.mean(axis=0)


nan_safe_mean = mean


def median(rows, **_):
    return np.median(rows, axis=0)


def trimmed_mean(rows, f, **_):
    return np.sort(rows, axis=0)[f:len(rows) - f].mean(axis=0)


def around_median(rows, drop):
    out = []
    for column in rows.T:
        middle = np.median(column)
        # Of two values as far from the median the smaller is kept.
        kept = sorted(column, key=lambda x: (abs(x - middle), x))[:len(column) - drop]
        out.append(np.mean(kept))
    return np.array(out)


def meamed(rows, f, **_):
    return around_median(rows, f)


def scores(squares, members, neighbours):
    return {i: sum(sorted(squares[i][j] for j in members if j != i)[:neighbours]) for i in members}


def krum(rows, f, **_):
    score = scores(distances(rows), range(len(rows)), len(rows) - f - 2)
    return rows[min(score, key=lambda i: (score[i], i))]


def multi_krum(rows, f, m=None, **_):
    score = scores(distances(rows), range(len(rows)), len(rows) - f - 2)
    chosen = sorted(score, key=lambda i: (score[i], i))[:min(m or len(rows) - f, len(rows))]
    return rows[chosen].mean(axis=0)


def bulyan(rows, f, **_):
    squares, left, chosen = distances(rows), list(range(len(rows))), []
    for _ in range(len(rows) - 2 * f):
        score = scores(squares, left, max(len(left) - f - 2, 1))
        best = min(left, key=lambda i: (score[i], i))
        chosen.append(best)
        left.remove(best)
    return around_median(rows[chosen], 2 * f)


def geometric_median(rows, smoothing=1e-6, **_):
    """Descent on Σ h(‖z − x‖) with Newton steps, halved until the sum falls."""
    pairs = [np.sqrt(np.sum((a - b) ** 2)) for a, b in itertools.combinations(rows, 2)]
    nu = max(smoothing * np.median(pairs), 1e-290) if pairs else 1e-290

    def total(z):
        r = np.sqrt(np.sum((rows - z) ** 2, axis=1))
        return np.sum(np.where(r >= nu, r, r * r / (2 * nu) + nu / 2))

    z = np.median(rows, axis=0)
    for _ in range(2000):
        to = z - rows
        r = np.maximum(np.sqrt(np.sum(to ** 2, axis=1)), nu)
        gradient = np.sum(to / r[:, None], axis=0)
        inside = np.sqrt(np.sum(to ** 2, axis=1)) < nu
        hessian = sum(np.eye(len(z)) / ri - (0 if small else np.outer(t, t) / ri ** 3)
                      for t, ri, small in zip(to, r, inside))
        scale = np.trace(hessian) / len(z)
        step = np.linalg.solve(hessian + 1e-12 * scale * np.eye(len(z)), gradient)
        length = 1.0
        while total(z - length * step) > total(z) and length > 1e-12:
            length /= 2
        if np.max(np.abs(length * step)) <= 1e-15 * max(np.max(np.abs(z)), nu):
            break
        z = z - length * step
    return z


def subsets(n, size):
    return itertools.combinations(range(n), size)


def mda(rows, f, **_):
    squares, best = distances(rows), None
    for chosen in subsets(len(rows), len(rows) - f):
        diameter = max((squares[i][j] for i, j in itertools.combinations(chosen, 2)), default=0)
        if best is None or diameter < best[0]:
            best = (diameter, chosen)
    return rows[list(best[1])].mean(axis=0)


def covariance(rows, weights):
    center = np.average(rows, axis=0, weights=weights)
    deviations = rows - center
    return center, (deviations * weights[:, None]).T @ deviations / np.sum(weights)


def smea(rows, f, **_):
    best = None
    for chosen in subsets(len(rows), len(rows) - f):
        largest = np.linalg.eigvalsh(covariance(rows[list(chosen)], np.ones(len(chosen)))[1])[-1]
        if best is None or largest < best[0] * (1 - 1e-12):
            best = (largest, chosen)
    return rows[list(best[1])].mean(axis=0)


def caf(rows, f, **_):
    weights, best = np.ones(len(rows)), None
    while np.sum(weights) > len(rows) - 2 * f:
        center, matrix = covariance(rows, weights)
        values, vectors = np.linalg.eigh(matrix)
        if best is None or values[-1] < best[0]:
            best = (values[-1], center)
        out = ((rows - center) @ vectors[:, -1]) ** 2
        out[weights == 0] = 0
        if out.max() <= 0:
            break
        weights = weights * (1 - out / out.max())
        weights[weights < 1e-14] = 0
    return rows.mean(axis=0) if best is None else best[1]


def dnc(rows, f, filter=1.0, iterations=1, **_):
    """With all coordinates: the rounds are then the same, and mark the same rows."""
    marked = int(np.floor(filter * f))
    centered = rows - rows.mean(axis=0)
    direction = np.linalg.svd(centered, full_matrices=False)[2][0]
    return rows[nearest((centered @ direction) ** 2, len(rows) - marked)].mean(axis=0)


def largest_cluster(points):
    """Mean shift, flat kernel."""
    away = np.array([[np.linalg.norm(a - b) for b in points] for a in points])
    near = max(len(points) // 2, 1)
    bandwidth = max(np.mean([sorted(row)[near - 1] for row in away]), 1e-12)
    ends = []
    for point in points:
        center, members = point, 0
        for _ in range(300):
            within = points[[np.linalg.norm(p - center) <= bandwidth for p in points]]
            if len(within) == 0:
                break
            before, center, members = center, within.mean(axis=0), len(within)
            if np.linalg.norm(center - before) <= 1e-3 * bandwidth:
                break
        ends.append((members, center))
    centers = []
    for members, center in sorted(ends, key=lambda end: -end[0]):
        if all(np.linalg.norm(center - c) > bandwidth for c in centers):
            centers.append(center)
    labels = [int(np.argmin([np.linalg.norm(p - c) for c in centers])) for p in points]
    largest = max(range(len(centers)), key=lambda k: (labels.count(k), -k))
    return {i for i, label in enumerate(labels) if label == largest}


def sign_guard(rows, lower=0.1, upper=3.0, **_):
    norms = np.linalg.norm(rows, axis=1)
    middle = np.median(norms)
    ordinary = {i for i, norm in enumerate(norms) if lower * middle <= norm <= upper * middle}
    shares = np.array([[np.mean(row > 0), np.mean(row == 0), np.mean(row < 0)] for row in rows])
    trusted = sorted(ordinary & largest_cluster(shares)) or sorted(ordinary)
    return np.mean([clipped(rows[i], middle) for i in trusted], axis=0)


def clipped(row, norm):
    length = np.linalg.norm(row)
    return row * (norm / length) if length > norm else row


def centered_clipping(rows, radius=10.0, iterations=1, previous=None, **_):
    z = np.zeros(rows.shape[1]) if previous is None else np.array(previous, dtype=float)
    for _ in range(iterations):
        z = z + np.mean([clipped(row - z, radius) for row in rows], axis=0)
    return z


def norm_clipping(rows, norm=1.0, **_):
    return np.mean([clipped(row, norm) for row in rows], axis=0)


def cge(rows, f, **_):
    return rows[nearest(np.sum(rows ** 2, axis=1), len(rows) - f)].mean(axis=0)


def monna(rows, f, own=None, **_):
    return rows[nearest(np.sum((rows - own) ** 2, axis=1), len(rows) - f)].mean(axis=0)


def zeno(rows, f, rate=0.1, rho=0.0005, reference=None, **_):
    cost = [rho * (row @ row) - rate * (reference @ row) for row in rows]
    return rows[nearest(cost, len(rows) - f)].mean(axis=0)


def fltrust(rows, reference=None, **_):
    length, trust, out = np.linalg.norm(reference), 0.0, np.zeros(rows.shape[1])
    for row in rows:
        norm = np.linalg.norm(row)
        cosine = max(row @ reference / (norm * length), 0.0) if norm > 0 and length > 0 else 0.0
        trust += cosine
        if cosine > 0:
            out += cosine * length / norm * row
    return out / trust if trust > 0 else out


def behind(rows, f, left_out, rule, **context):
    """What a second step makes of the rows of a first one."""
    (name, parameters), = rule.items() if rule else (("mean", {}),)
    parameters = dict(parameters)
    parameters["f"] = max(parameters.get("f", 1) - left_out, 0)
    return RULES[name](rows, left_out=left_out, **parameters, **context)


def clip(rows, norm=1.0, rule=None, f=0, left_out=0, **context):
    return behind(np.array([clipped(row, norm) for row in rows]), f, left_out, rule, **context)


def arc(rows, f, rule=None, left_out=0, **context):
    n, norms = len(rows), sorted(np.linalg.norm(rows, axis=1))
    longest = norms[n - (2 * f * (n - f)) // n - 1]
    return behind(np.array([clipped(row, longest) for row in rows]), f, left_out, rule, **context)


def nnm(rows, f, rule=None, left_out=0, **context):
    squares = distances(rows)
    mixed = [rows[nearest(squares[i], len(rows) - f)].mean(axis=0) for i in range(len(rows))]
    return behind(np.array(mixed), f, left_out, rule, **context)


def bucketing(rows, s=2, rule=None, f=0, left_out=0, shuffle=False, **context):
    """Without shuffling: the rows as they come."""
    buckets = [rows[at:at + s].mean(axis=0) for at in range(0, len(rows), s)]
    return behind(np.array(buckets), f, left_out, rule, **context)


# Rules with an f, and the least number of rows for it.
LEAST = {"trimmed_mean": (2, 1), "meamed": (2, 1), "krum": (2, 3), "multi_krum": (2, 3), "bulyan": (4, 3), "mda": (2, 1),
         "smea": (2, 1), "caf": (2, 1), "dnc": (2, 1), "cge": (2, 1), "monna": (2, 1), "zeno": (1, 1), "arc": (2, 1),
         "nnm": (2, 1)}

RULES = {rule.__name__: rule
         for rule in (mean, median, trimmed_mean, meamed, geometric_median, krum, multi_krum, bulyan, mda, smea, caf, dnc,
                      sign_guard, centered_clipping, norm_clipping, cge, monna, zeno, fltrust, clip, arc, nnm, bucketing)}
RULES["nan_safe_mean"] = mean


def combined(name, rows, parameters, **context):
    """The result of a rule for any rows, and the indices of the rows that it leaves out."""
    rows = np.array(rows, dtype=float)
    good, out = (rows, []) if name == "mean" else finite(rows)
    parameters = dict(parameters)
    if name in LEAST:
        parameters["f"] = max(parameters.get("f", 1) - len(out), 0)
    context = {key: np.array(value, dtype=float) for key, value in context.items()}
    with np.errstate(invalid="ignore", over="ignore"):
        return RULES[name](good, left_out=len(out), **parameters, **context), out
