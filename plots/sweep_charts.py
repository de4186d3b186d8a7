"""The charts of a sweep: cost against time as an axis runs, and time, cost, accuracy and loss over each axis.

Each chart is a function that yields its pages' figures, or raises LeftOut.
"""

import math

from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter
from matplotlib.transforms import offset_copy

import labels
import names
import style
from estimates import Estimate
from left_out import LeftOut

MOST_SERIES = len(style.PALETTE)  # on a page: each has a colour of its own there
MOST_LABELS = 20                  # labelled points


def cost_against_time(part):
    """The chart of cost over time, a curve that runs along the longest numeric axis for each combination of everything else.
    part: `run`, everything from the order on, or `training`, start-up left out."""
    def draw(results):
        numeric = [path for path, axis in results.varied.items() if axis.numeric]
        if not numeric:
            raise LeftOut("the sweep has no axis of numbers")
        if part == "training" and not results.startup_matters:
            raise LeftOut("there is next to no start-up that could be left out")
        path = max(numeric, key=lambda p: len(results.varied[p].values))
        columns = ("training_s", "training_usd") if part == "training" else ("simulated_s", "cost_usd")
        series = _series(results, path)
        every = [_point(line, columns) for lines in series.values() for line in lines]
        groups = style.pages(list(series.items()), MOST_SERIES)
        for number, group in enumerate(groups, 1):
            yield _cost_against_time(results, path, part, columns, dict(group), every, (number, len(groups)))
    return draw


def _cost_against_time(results, path, part, columns, series, every, page):
    axis = results.axes[path]
    what = "the run from the order on, with start-up" if part == "run" else "the training alone, without start-up"
    legend = ([style.sample(i) for i in range(len(series))], list(series)) if len(series) > 1 else ((), ())
    figure, chart = style.page(9.8, 5.6, f"Cost against time by {axis.name}",
                               style.subtitle(results, what if results.startup_matters else None, "better is down and left",
                                              page=page), legend, left=0.1, right=0.96)
    divisor, measure = style.seconds_unit(max(time.mean for time, _ in every))
    curves, obstacles = [], []
    for i, lines in enumerate(series.values()):
        estimates = [_point(line, columns) for line in lines]
        x, y = [time.mean / divisor for time, _ in estimates], [cost.mean for _, cost in estimates]
        chart.plot(x, y, color=style.colour(i), linewidth=1.4, alpha=0.75, zorder=2)
        chart.errorbar(x, y, xerr=[time.half_width / divisor for time, _ in estimates],
                       yerr=[cost.half_width for _, cost in estimates], color=style.colour(i), marker=style.marker(i),
                       markersize=7, markeredgecolor="white", markeredgewidth=0.8, elinewidth=1.2, capsize=2.5,
                       linestyle="none", zorder=3)
        curves.append([(a, b, axis.label(line.axes[path])) for a, b, line in zip(x, y, lines)])
        obstacles += list(zip(zip(x, y), zip(x[1:], y[1:])))
        for time, cost in estimates:
            obstacles += style.error_bars(Estimate(time.mean / divisor, time.half_width / divisor), cost)
    log = _time_axis(chart, *_reach([time for time, _ in every], divisor))
    cut = _cost_axis(chart, *_reach([cost for _, cost in every], 1))
    of = {"run": ("simulated time since everything was ordered", "cost of the run"),
          "training": ("training time without start-up", "cost of the training without start-up")}[part]
    chart.set_xlabel(f"{of[0]} ({measure}{', log scale' if log else ''})")
    chart.set_ylabel(f"{of[1]} (USD{', axis cut' if cut else ''})")
    points = [point for curve in curves for point in curve]
    if len(points) > MOST_LABELS:  # the ends say in which direction the curves run
        points = [point for curve in curves for point in ([curve[0], curve[-1]] if len(curve) > 1 else curve)]
    labels.beside_points(chart, points, obstacles, fontsize=8)
    return figure


def _point(line, columns):
    return line.estimate(columns[0]), line.estimate(columns[1])


def _reach(estimates, divisor):
    """Lowest and highest end of the intervals, from 0 up; an interval that reaches below 0 counts from its mean."""
    ends = [(e.mean - e.half_width if e.mean > e.half_width else e.mean, e.mean + e.half_width) for e in estimates]
    return min(low for low, _ in ends) / divisor, max(high for _, high in ends) / divisor


def _time_axis(chart, fast, slow):
    """True: a log scale."""
    if not slow > 8 * fast > 0:
        chart.set_xlim(0, 1.1 * slow or 1)
        return False
    chart.set_xscale("log")
    chart.set_xlim(fast / 1.25, slow * 1.35)
    ticks = [m * 10.0**e for e in range(-10, 12) for m in (1, 2, 5) if fast / 1.25 <= m * 10.0**e <= slow * 1.35]
    ticks = ticks if len(ticks) <= 10 else ticks[::-(-len(ticks) // 10)]
    chart.xaxis.set_major_locator(FixedLocator(ticks))
    chart.xaxis.set_minor_locator(NullLocator())
    chart.set_xticklabels([f"{tick:g}" for tick in ticks])
    return True


def _cost_axis(chart, low, high):
    """True: it does not begin at 0."""
    room = max(high - low, 0.05 * high)
    cut = low >= 0.5 * high > 0
    chart.set_ylim(low - 0.25 * room if cut else 0, high + 0.12 * room or 1)
    style.usd_ticks(chart.yaxis)
    if cut:
        style.mark_cut(chart, "y")
    return cut


def over_axis(path):
    """The chart of time, cost and (where there is one) accuracy or loss over the values of one axis."""
    def draw(results):
        series = _series(results, path)
        axis = results.axes[path]
        panels = [("simulated_s", "simulated time"), ("cost_usd", "cost of the run")]
        if any(not math.isnan(line.estimate("accuracy").mean) for line in results.lines):
            panels.append(("accuracy", "final accuracy"))
        elif any(math.isfinite(line.estimate("loss").mean) for line in results.lines):
            panels.append(("loss", "final loss"))
        title = _sentence([what.split(" of ")[0] for _, what in panels]) + f" by {axis.name}"
        note = "dashed: the training alone, without start-up" if results.startup_matters else None
        groups = style.pages(list(series.items()), MOST_SERIES)
        for number, group in enumerate(groups, 1):
            legend = ([style.sample(i) for i in range(len(group))], [name for name, _ in group]) if len(series) > 1 else ((), ())
            wide = 4.6 * len(panels) + 0.6
            low = 0.55 + 0.16 * max((_tick(axis, v).count("\n") for v in axis.values), default=0)
            figure, charts = style.page(wide, 3.95 + low, title, style.subtitle(results, note, page=(number, len(groups))),
                                        legend, left=0.88 / wide, right=1 - 0.25 / wide, bottom=low, columns=len(panels),
                                        gridspec_kw={"wspace": 0.3})
            for chart, (column, what) in zip(charts, panels):
                _panel(chart, results, [lines for _, lines in group], list(series.values()), axis, column, what)
            yield figure
    return draw


def _panel(chart, results, series, every_series, axis, column, what):
    every = [line.estimate(column) for lines in every_series for line in lines]
    divisor, measure = style.seconds_unit(max(e.mean for e in every)) if column == "simulated_s" else (1, "USD")
    alone = {"simulated_s": "training_s", "cost_usd": "training_usd"}.get(column) if results.startup_matters else None
    for i, lines in enumerate(series):
        # Series are drawn beside each other, a little apart, so that equal values and intervals can all be seen.
        shift = offset_copy(chart.transData, chart.figure, x=(2 if axis.numeric else 9) * (i - (len(series) - 1) / 2),
                            units="points")
        places = [axis.place(line.axes[axis.path]) for line in lines]
        estimates = [line.estimate(column) for line in lines]
        chart.errorbar(places, [e.mean / divisor for e in estimates], yerr=[e.half_width / divisor for e in estimates],
                       color=style.colour(i), marker=style.marker(i), markersize=6, markeredgecolor="white",
                       markeredgewidth=0.7, linewidth=1.6, elinewidth=1.1, capsize=2.5,
                       linestyle="-" if axis.numeric else "none", transform=shift)
        if alone:
            chart.plot(places, [line.estimate(alone).mean / divisor for line in lines], color=style.colour(i), linewidth=1.1,
                       linestyle="--" if axis.numeric else "none", marker=style.marker(i), markersize=3.5,
                       markerfacecolor="white", transform=shift)
    log = _value_axis(chart, axis)
    unit = ", ".join(filter(None, [axis.unit if axis.numeric else "", "log scale" if log else ""]))
    chart.set_xlabel(names.wrapped(axis.name + (f" ({unit})" if unit else ""), 52))
    if column == "accuracy":
        low = chart.get_ylim()[0]
        cut = low > 0.02
        chart.set_ylim(low if cut else 0, min(chart.get_ylim()[1], 1.02))
        chart.set_ylabel(what + (" (axis cut)" if cut else ""))
        chart.yaxis.set_major_formatter(PercentFormatter(1.0))
        if cut:
            style.mark_cut(chart, "y")
    elif column == "loss":
        finite = [e.mean for e in every if math.isfinite(e.mean)]
        if min(finite) > 0 and max(finite) > 20 * min(finite):
            chart.set_yscale("log")
            style.log_ticks(chart.yaxis)
        chart.set_ylabel(what + (" (log scale)" if chart.get_yscale() == "log" else ""))
    else:
        chart.set_ylim(0, 1.08 * max(e.mean + e.half_width for e in every) / divisor or 1)
        chart.set_ylabel(f"{what} ({measure})")
    if column == "cost_usd":
        style.usd_ticks(chart.yaxis)


def _value_axis(chart, axis):
    """Ticks at the values that leave each other room. True: a log scale."""
    if not axis.numeric:
        chart.set_xlim(-0.5, len(axis.values) - 0.5)
    elif axis.logarithmic:
        chart.set_xscale("log")
    shown = _apart(chart, axis)
    chart.xaxis.set_major_locator(FixedLocator([axis.place(value) for value in shown]))
    chart.xaxis.set_minor_locator(NullLocator())
    chart.set_xticklabels([_tick(axis, value) for value in shown])
    return axis.logarithmic


def _tick(axis, value):
    return axis.tick(value) if axis.numeric else names.wrapped(axis.label(value), max(8, 60 // len(axis.values)))


def _apart(chart, axis):
    """Those of the axis' values whose tick labels leave each other room."""
    low, high = axis.place(axis.values[0]), axis.place(axis.values[-1])
    if low == high:
        return axis.values
    inches = chart.get_window_extent().width / chart.figure.dpi * 0.9
    place = {v: math.log(axis.place(v) / low) / math.log(high / low) if axis.logarithmic
             else (axis.place(v) - low) / (high - low) for v in axis.values}
    half = {v: names.width(_tick(axis, v)) * 9 / 72 / 2 for v in axis.values}
    shown = []
    for value in axis.values:
        if not shown or (place[value] - place[shown[-1]]) * inches >= half[value] + half[shown[-1]] + 0.07:
            shown.append(value)
    return shown


def _series(results, path):
    """The lines by everything but the axis `path`, each along that axis; of lines whose values are all equal the first."""
    axes = results.varied
    variants = {line.variant for line in results.lines}
    series = {}
    for line in results.lines:
        if path not in line.axes:
            continue
        words = [line.variant] if len(variants) > 1 else []
        for other, axis in axes.items():
            if other != path and other in line.axes:
                value = axis.label(line.axes[other])
                words.append(value if other == "architecture" else f"{axis.name} {value}")
        along = series.setdefault(", ".join(words) or results.scenario, {})
        along.setdefault(axes[path].place(line.axes[path]), line)
    lines = {name: [along[place] for place in sorted(along)] for name, along in series.items()}
    others = [other for other in axes if other != path]
    return dict(sorted(lines.items(), key=lambda item: [
        axes[other].place(item[1][0].axes[other]) if other in item[1][0].axes else -1.0 for other in others]))


def _sentence(words):
    text = ", ".join(words[:-1]) + " and " + words[-1]
    return text[0].upper() + text[1:]
