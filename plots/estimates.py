"""Means over replications with their confidence intervals, by the same Student's t as the program's own tables."""

import functools
import math
from dataclasses import dataclass


@dataclass
class Estimate:
    """Mean of the replications and half the width of its 95 % confidence interval (0 where there is one run only)."""

    mean: float
    half_width: float = 0.0

    @staticmethod
    def of(values):
        values = [v for v in values if v is not None and not math.isnan(v)]
        n = len(values)
        if n == 0:
            return Estimate(math.nan)
        mean = math.fsum(values) / n if all(map(math.isfinite, values)) else sum(values) / n
        if n == 1 or not math.isfinite(mean):
            return Estimate(mean)
        s = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))
        return Estimate(mean, student_t(0.975, n - 1) * s / math.sqrt(n))


@functools.lru_cache(maxsize=None)
def student_t(p, df):
    """The quantile of Student's t distribution: P(T ≤ t) = p with df degrees of freedom. 0.5 ≤ p < 1, df ≥ 1."""
    tail = 2 * (1 - p)  # of both sides
    low, high = 0.0, 1.0
    while two_sided(high, df) > tail:
        low, high = high, 2 * high
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return middle
        low, high = (middle, high) if two_sided(middle, df) > tail else (low, middle)


def two_sided(t, df):
    """P(|T| > t): the regularized incomplete beta function at x = df / (df + t²) with a = df/2, b = 1/2."""
    return incomplete_beta(df / (df + t * t), df / 2, 0.5)


def incomplete_beta(x, a, b):
    """The regularized incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - incomplete_beta(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    # 1 + d1/(1 + d2/(1 + …)) by the modified Lentz method, which never divides by zero.
    fraction, upper, lower = 1.0, 1.0, 0.0
    for n in range(1, 10_000):
        m = n // 2
        term = (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)) if n % 2 == 0 else
                -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)))
        lower = 1 / ((1 + term * lower) or 1e-300)
        upper = (1 + term / upper) or 1e-300
        fraction *= upper * lower
        if abs(upper * lower - 1) < 1e-15:
            break
    return front / fraction
