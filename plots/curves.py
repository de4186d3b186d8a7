"""What each run learnt, over simulated time, and the mean of a line's replications without changing whom it is the mean of."""

import math
from dataclasses import dataclass, field

import numpy as np

MOST_POINTS = 400  # of a mean's curve


@dataclass
class RunCurve:
    times: list = field(default_factory=list)   # seconds, rising
    values: list = field(default_factory=list)
    parts: list = field(default_factory=list)   # of each point: how often the run had gone back to an older model by then
    diverged_at: float = None                   # when the value was no finite number any more


@dataclass
class LineCurve:
    """The curve of one line of the comparison. While all runs go on: `times`, `mean`, `width` (of the 95 % interval), and
    `breaks`, the points before which the model went back to a checkpoint. From when the first of several runs has ended
    until the last has: `tail_times` and `tail_mean`, where ended runs count on with their last value."""

    times: np.ndarray
    mean: np.ndarray
    width: np.ndarray
    breaks: list
    tail_times: np.ndarray
    tail_mean: np.ndarray
    runs: int
    diverged: int

    @property
    def end(self):
        """Where the line ends: (seconds, value)."""
        times, values = (self.tail_times, self.tail_mean) if len(self.tail_times) else (self.times, self.mean)
        return (times[-1], values[-1]) if len(times) else (0.0, math.nan)


def run_curve(results, run, column, origin=0.0):
    """The mean over the run's models after each evaluated round, in time order, seconds counted from `origin`. A round that
    is done again after going back to a checkpoint is a point of its own."""
    rows = [row for row in results.evaluations(run) if column != "accuracy" or not math.isnan(row["accuracy"])]
    last, part, groups = {}, {}, {}
    for row in rows:
        who, number = row["actor"], -1 if row["round"] is None else row["round"]
        if who in last and number <= last[who]:
            part[who] = part.get(who, 0) + 1
        last[who] = number
        groups.setdefault((part.get(who, 0), number), []).append((row["at_s"] - origin, row[column]))
    curve = RunCurve()
    points = [(max(t for t, _ in group), sum(v for _, v in group) / len(group), key[0]) for key, group in groups.items()]
    for at, value, number in sorted(points, key=lambda point: point[0]):
        if not math.isfinite(value):
            curve.diverged_at = at
            break
        curve.times.append(at)
        curve.values.append(value)
        curve.parts.append(number)
    return curve


def line_curve(curves, interval):
    """The mean of RunCurves with at least one point each; `interval` gives the Estimate of some values."""
    if len(curves) == 1:
        one = curves[0]
        breaks = [k for k in range(1, len(one.parts)) if one.parts[k] != one.parts[k - 1]]
        return LineCurve(np.array(one.times), np.array(one.values), np.zeros(len(one.times)), breaks, np.array([]),
                         np.array([]), 1, int(one.diverged_at is not None))
    begin = max(curve.times[0] for curve in curves)
    first_end, last_end = min(curve.times[-1] for curve in curves), max(curve.times[-1] for curve in curves)
    diverged = sum(curve.diverged_at is not None for curve in curves)
    if diverged:  # there is no mean from then on
        last_end = first_end = max(min([first_end, *(c.times[-1] for c in curves if c.diverged_at is not None)]), begin)
    times = _grid(curves, begin, max(first_end, begin))
    estimates = [interval(values) for values in zip(*(np.interp(times, c.times, c.values) for c in curves))]
    tail = _grid(curves, max(first_end, begin), last_end) if last_end > max(first_end, begin) else np.array([])
    tail_mean = np.mean([np.interp(tail, c.times, c.values) for c in curves], axis=0) if len(tail) else np.array([])
    return LineCurve(times, np.array([e.mean for e in estimates]), np.array([e.half_width for e in estimates]), [], tail,
                     tail_mean, len(curves), diverged)


def _grid(curves, begin, end):
    """The times at which some run was evaluated, or as many evenly spaced ones as can be seen."""
    times = sorted({begin, end, *(t for curve in curves for t in curve.times if begin <= t <= end)})
    return np.array(times) if len(times) <= MOST_POINTS else np.linspace(begin, end, MOST_POINTS)
