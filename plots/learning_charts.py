"""Accuracy and loss over simulated time, a curve for each line of the comparison, a few to a page.

Each chart is a function that yields its pages' figures, or raises LeftOut.
"""

import numpy as np
from matplotlib.ticker import PercentFormatter

import labels
import names
import style
from curves import line_curve, run_curve
from estimates import Estimate
from left_out import LeftOut

MOST_LINES = len(style.PALETTE)  # on a page: each has a colour of its own there


def accuracy_over_time(results):
    """Accuracy on the test data."""
    yield from _over_time(results, "accuracy", "Accuracy", "the runs have no accuracy",
                          lambda value: f"{100 * value:.1f}\u00a0%")


def loss_over_time(results):
    """Loss on the test data; a curve ends in a cross where the loss was no number any more."""
    yield from _over_time(results, "loss", "Loss", "the runs have no loss (learning: none)",
                          lambda value: style.power(float(f"{value:.3g}")))


def _over_time(results, column, what, nothing, written):
    curves = []
    for line in results.lines:
        runs = [run_curve(results, run, column, results.origin(run)) for run in line.runs]
        runs = [run for run in runs if run.times]
        if runs:
            curves.append((line, line_curve(runs, Estimate.of)))
    if not curves:
        raise LeftOut(nothing)
    divisor, unit = style.seconds_unit(max(curve.end[0] for _, curve in curves))
    groups = style.pages(list(enumerate(curves)), MOST_LINES)
    notes = [("thin: some runs have ended and count on with their last value", any(len(c.tail_times) for _, c in curves)),
             ("dotted: back to a checkpoint", any(c.breaks for _, c in curves)), ("grey: on other pages", len(groups) > 1)]
    notes = [note for note, needed in notes if needed]
    for number, group in enumerate(groups, 1):
        entries = [names.wrapped(_entry(results, line, curve, written), 30) for _, (line, curve) in group]
        height = max(4.9, 0.9 + sum(0.20 * (entry.count("\n") + 1) for entry in entries))
        figure, axes = style.page(9.8, height, f"{what} over simulated time",
                                  style.subtitle(results, *notes, page=(number, len(groups))),
                                  left=0.085, right=0.715)
        for _, curve in curves if len(groups) > 1 else []:
            axes.plot(curve.times / divisor, curve.mean, color=style.BEHIND, linewidth=0.8, zorder=1)
        ends = []
        for place, ((_, (line, curve)), entry) in enumerate(zip(group, entries)):
            _draw(axes, curve, place, divisor)
            ends.append((curve.end[1], entry, style.sample(place)))
        _axes(axes, curves, column, divisor)
        axes.set_xlabel(f"simulated time since the training began ({unit})" if results.startup_known
                        else f"simulated time ({unit})")
        log = ", log scale" if axes.get_yscale() == "log" else ""
        axes.set_ylabel(f"{what.lower()} on the test data{log}")
        labels.in_margin(axes, ends)
        yield figure


def _entry(results, line, curve, written):
    text = f"{line.name}  {written(curve.end[1])}"
    if curve.runs < len(line.runs):
        text += f", {curve.runs} of {len(line.runs)} runs"
    if curve.diverged:
        text += ", diverged" + (f" in {curve.diverged} of {curve.runs} runs" if curve.runs > 1 else "")
    startup = line.estimate("startup_s").mean
    if results.startup_matters and startup > 0:
        text += f", after {style.duration(startup)} of start-up"
    return text


def _draw(axes, curve, place, divisor):
    colour = style.colour(place)
    time, mean, width = curve.times / divisor, curve.mean, curve.width
    if curve.runs > 1:
        axes.fill_between(time, mean - width, mean + width, color=colour, alpha=0.15, linewidth=0)
    look = {"color": colour, "markersize": 4, "markeredgecolor": "white", "markeredgewidth": 0.5, "zorder": 3}
    marker = style.marker(place) if curve.runs == 1 and len(time) < 40 or len(time) == 1 else None
    for begin, end in zip([0, *curve.breaks], [*curve.breaks, len(time)]):
        axes.plot(time[begin:end], mean[begin:end], marker=marker, **look)
    for k in curve.breaks:  # back to a checkpoint
        axes.plot(time[k - 1:k + 1], mean[k - 1:k + 1], color=colour, linewidth=1, linestyle=":", zorder=2)
    if len(curve.tail_times):
        axes.plot(curve.tail_times / divisor, curve.tail_mean, color=colour, linewidth=0.9, linestyle=(0, (4, 1.5)), zorder=3)
        axes.plot(time[-1:], mean[-1:], color=colour, marker="|", markersize=9, markeredgewidth=1.5, zorder=4)
    if curve.diverged:
        axes.plot([curve.end[0] / divisor], [curve.end[1]], color=colour, marker="x", markersize=9, markeredgewidth=2.2, zorder=5)


def _axes(axes, curves, column, divisor):
    """The same limits on all pages."""
    begin = min(curve.times[0] for _, curve in curves if len(curve.times)) / divisor
    end = max(curve.end[0] for _, curve in curves) / divisor
    axes.set_xlim(min(0, begin), (end * 1.02) or 1)
    if column == "accuracy":
        axes.set_ylim(0, 1.0)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        return
    values = np.concatenate([np.concatenate([curve.mean, curve.tail_mean]) for _, curve in curves])
    low, high = float(values.min()), float(values.max())
    if low > 0 and high > 20 * low:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.6, min(high, 1e300) * 1.6)
        style.log_ticks(axes.yaxis)
        return
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1
    axes.set_ylim(0 if low >= 0 else low - room, high + room)
