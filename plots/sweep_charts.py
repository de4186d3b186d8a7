"""The charts of a sweep: cost against time as an axis runs, and time, cost and accuracy over each axis."""

import math

import matplotlib.pyplot as plt
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter
from matplotlib.transforms import offset_copy

import labels
import style
from charts import LeftOut
from results_file import Estimate, compact, numbers, short, unit

MOST_SERIES = 12  # curves that can be told apart
MOST_LABELS = 20  # labelled points


def cost_against_time(results):
    """Cost over time, a curve that runs along the longest numeric axis for each combination of everything else."""
    axes = _varied(results)
    numeric = [path for path in axes if numbers(axes[path])]
    if not numeric:
        raise LeftOut("the sweep has no axis of numbers")
    path = max(numeric, key=lambda p: len(axes[p]))
    series = _series(results, path)
    figure, chart = plt.subplots(figsize=(9.5, 5.8))
    top = style.heading(figure, f"Cost against time by {short(path)}",
                        style.subtitle(results, "better is down and left"))
    figure.subplots_adjust(left=0.1, right=0.96, top=top, bottom=0.1)
    longest = max(line.estimate("simulated_s").mean for lines in series.values() for line in lines)
    divisor, measure = style.seconds_unit(longest)
    points, curves, obstacles = [], [], []
    for i, (name, lines) in enumerate(series.items()):
        time = [line.estimate("simulated_s") for line in lines]
        cost = [line.estimate("cost_usd") for line in lines]
        x, y = [t.mean / divisor for t in time], [c.mean for c in cost]
        chart.plot(x, y, color=style.colour(i), linewidth=1.4, alpha=0.75, zorder=2)
        chart.errorbar(x, y, xerr=[t.half_width / divisor for t in time], yerr=[c.half_width for c in cost],
                       color=style.colour(i), marker=style.marker(i), markersize=7, markeredgecolor="white",
                       markeredgewidth=0.8, elinewidth=1.2, capsize=2.5, linestyle="none", zorder=3)
        curves.append([(a, b, line.axes[path]) for a, b, line in zip(x, y, lines)])
        points += curves[-1]
        obstacles += list(zip(zip(x, y), zip(x[1:], y[1:])))
        for t, c in zip(time, cost):
            obstacles += style.error_bars(Estimate(t.mean / divisor, t.half_width / divisor), c)
    slow, fast = max(p[0] for p in points), min(p[0] for p in points)
    if slow > 8 * fast > 0:
        chart.set_xscale("log")
        _time_ticks(chart, fast, slow)
        chart.set_xlim(fast / 1.25, slow * 1.35)
    else:
        chart.set_xlim(0, 1.1 * slow)
    low, high = min(p[1] for p in points), max(p[1] for p in points)
    chart.set_ylim(0 if low < 0.5 * high else low - 0.25 * max(high - low, 0.05 * high), high + 0.12 * max(high - low, 0.05 * high))
    chart.set_xlabel(f"simulated time ({measure})")
    chart.set_ylabel("cost (USD)")
    style.usd_ticks(chart.yaxis)
    if len(series) > 1:
        style.legend_above(figure, [chart], [style.sample(i) for i in range(len(series))], list(series))
    if len(points) > MOST_LABELS:
        points = [p for lines in curves for p in (lines[0], lines[-1])]
    if len(points) <= MOST_LABELS:
        labels.beside_points(chart, points, obstacles, fontsize=8)
    return figure


def over_axis(path):
    """The chart of time, cost and (where there is one) accuracy over the values of one axis."""
    def draw(results):
        axes = _varied(results)
        series = _series(results, path)
        panels = [("simulated_s", "simulated time"), ("cost_usd", "cost")]
        if any(not math.isnan(line.estimate("accuracy").mean) for line in results.lines):
            panels.append(("accuracy", "final accuracy"))
        figure, charts = plt.subplots(1, len(panels), figsize=(4.6 * len(panels) + 0.6, 4.7))
        top = style.heading(figure, f"{_sentence([what for _, what in panels])} by {short(path)}", style.subtitle(results))
        figure.subplots_adjust(left=0.09 if len(panels) == 2 else 0.065, right=0.975, top=top, wspace=0.28, bottom=0.12)
        for chart, (column, what) in zip(charts, panels):
            _panel(chart, series, path, axes[path], column, what)
        if len(series) > 1:
            style.legend_above(figure, charts, [style.sample(i) for i in range(len(series))], list(series))
        return figure
    return draw


def _panel(chart, series, path, values, column, what):
    scale = numbers(values)  # None: words
    position = dict(zip(values, scale or range(len(values))))
    every = [line.estimate(column) for lines in series.values() for line in lines]
    divisor, measure = style.seconds_unit(max(e.mean for e in every)) if column == "simulated_s" else (1, "USD")
    for i, lines in enumerate(series.values()):
        # Series are drawn beside each other, a little apart, so that equal values and intervals can all be seen.
        shift = offset_copy(chart.transData, chart.figure, x=(2 if scale else 9) * (i - (len(series) - 1) / 2),
                            units="points")
        estimates = [line.estimate(column) for line in lines]
        chart.errorbar([position[line.axes[path]] for line in lines], [e.mean / divisor for e in estimates],
                       yerr=[e.half_width / divisor for e in estimates], color=style.colour(i), marker=style.marker(i),
                       markersize=6, markeredgecolor="white", markeredgewidth=0.7, linewidth=1.6, elinewidth=1.1, capsize=2.5,
                       linestyle="-" if scale else "none", transform=shift)
    if scale and max(scale) >= 8 * min(scale) > 0:
        chart.set_xscale("log")
    if not scale:
        chart.set_xlim(-0.5, len(values) - 0.5)
    shown = _apart(chart, values, position)
    chart.xaxis.set_major_locator(FixedLocator([position[value] for value in shown]))
    chart.xaxis.set_minor_locator(NullLocator())
    unit_of_axis = unit(values) if scale else ""
    texts = [value.removesuffix(unit_of_axis).strip() if unit_of_axis else style.wrapped(compact(value), 16) for value in shown]
    chart.set_xticklabels(texts)
    chart.set_xlabel(f"{short(path)} ({unit_of_axis})" if unit_of_axis else short(path))
    if column == "accuracy":
        chart.set_ylabel(what)
        chart.yaxis.set_major_formatter(PercentFormatter(1.0))
    else:
        chart.set_ylim(0, 1.08 * max(e.mean + e.half_width for e in every) / divisor or 1)
        chart.set_ylabel(f"{what} ({measure})")
    if column == "cost_usd":
        style.usd_ticks(chart.yaxis)


def _apart(chart, values, position):
    """Those of the axis' values whose tick labels leave each other room."""
    low, high = min(position.values()), max(position.values())
    if low == high:
        return values
    place = {v: math.log(position[v] / low) / math.log(high / low) if chart.get_xscale() == "log"
             else (position[v] - low) / (high - low) for v in values}
    need = 0.02 + 0.018 * max(len(v) for v in values)
    shown = []
    for value in sorted(values, key=place.get):
        if not shown or place[value] - place[shown[-1]] >= need:
            shown.append(value)
    return shown


def _time_ticks(chart, fast, slow):
    ticks = [m * 10**e for e in range(-4, 7) for m in (1, 2, 5) if fast / 1.3 <= m * 10**e <= slow * 1.4]
    chart.xaxis.set_major_locator(FixedLocator(ticks))
    chart.xaxis.set_minor_locator(NullLocator())
    chart.set_xticklabels([f"{tick:g}" for tick in ticks])


def _varied(results):
    """The axes with more than one value."""
    return {path: values for path, values in results.axes.items() if len(values) > 1}


def _series(results, path):
    """The lines by everything but the axis `path`, each along that axis."""
    axes = _varied(results)
    variants = {line.variant for line in results.lines}
    series = {}
    for line in results.lines:
        if path not in line.axes:
            continue
        words = [line.variant] if len(variants) > 1 else []
        for other in axes:
            if other != path and other in line.axes:
                value = compact(line.axes[other])
                words.append(value if other == "architecture" else f"{short(other)} {value}")
        series.setdefault(", ".join(words) or results.scenario, []).append(line)
    if len(series) > MOST_SERIES:
        raise LeftOut(f"{len(series)} curves cannot be told apart (at most {MOST_SERIES})")
    order = {axis: {value: i for i, value in enumerate(values)} for axis, values in axes.items()}
    for lines in series.values():
        lines.sort(key=lambda line: order[path][line.axes[path]])
    others = [other for other in axes if other != path]
    return dict(sorted(series.items(), key=lambda item: [order[other].get(item[1][0].axes.get(other), -1)
                                                         for other in others]))


def _sentence(words):
    text = ", ".join(words[:-1]) + " and " + words[-1]
    return text[0].upper() + text[1:]
