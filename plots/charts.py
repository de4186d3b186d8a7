"""The charts of one results file. Each function draws one chart and returns its figure, or raises LeftOut and says why."""

import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter

import labels
import style
from results_file import Estimate
from time_shares import time_shares


class LeftOut(Exception):
    """There is nothing that this chart could show; the message says why."""


MOST_LINES = 10   # curves that can be told apart
MOST_BARS = 36    # bars that fit on a page
MOST_LABELS = 16  # labelled points


def accuracy_over_time(results):
    """Test accuracy over simulated time, a line for each line of the comparison."""
    curves = [(line, results.evaluations(line)) for line in results.lines]
    curves = [(line, runs) for line, runs in curves if runs]
    if not curves:
        raise LeftOut("the runs have no accuracy (learning: none)")
    if len(curves) > MOST_LINES:
        raise LeftOut(f"{len(curves)} lines cannot be told apart (at most {MOST_LINES})")
    figure, axes = plt.subplots(figsize=(9.5, 5.2))
    top = style.heading(figure, "Accuracy over simulated time", style.subtitle(results))
    figure.subplots_adjust(left=0.085, right=0.735, top=top, bottom=0.11)
    longest = max(t for _, runs in curves for run in runs for t, _ in run)
    divisor, unit = style.seconds_unit(longest)
    ends = []
    for i, (line, runs) in enumerate(curves):
        rounds = min(len(run) for run in runs)
        time = np.array([np.mean([run[k][0] for run in runs]) for k in range(rounds)]) / divisor
        level = [Estimate.of([run[k][1] for run in runs]) for k in range(rounds)]
        mean = np.array([e.mean for e in level])
        width = np.array([e.half_width for e in level])
        if len(runs) > 1:
            axes.fill_between(time, mean - width, mean + width, color=style.colour(i), alpha=0.15, linewidth=0)
        axes.plot(time, mean, color=style.colour(i), marker=style.marker(i) if rounds < 40 else None, markersize=4,
                  markeredgecolor="white", markeredgewidth=0.5)
        sample = style.sample(i)
        ends.append((mean[-1], style.wrapped(f"{line.name}  {100 * mean[-1]:.1f}\u00a0%", 27), sample))
    axes.set_ylim(0, 1.0)
    axes.set_xlim(0, longest / divisor * 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel(f"simulated time ({unit})")
    axes.set_ylabel("accuracy on the test images")
    labels.in_margin(axes, ends)
    return figure


def cost_against_accuracy(results):
    """Final accuracy over cost, a labelled point for each line of the comparison."""
    lines = [line for line in results.lines if not math.isnan(line.estimate("accuracy").mean)]
    if not lines:
        raise LeftOut("the runs have no accuracy (learning: none)")
    figure, axes = plt.subplots(figsize=(8.5, 5.4))
    top = style.heading(figure, "Cost against final accuracy", style.subtitle(results, "better is up and left"))
    figure.subplots_adjust(left=0.1, right=0.96, top=top, bottom=0.11)
    titles = list(dict.fromkeys(line.title for line in lines))
    labelled = len(lines) <= MOST_LABELS
    points, obstacles = [], []
    for i, line in enumerate(lines):
        series = i if len(titles) == len(lines) else titles.index(line.title)
        cost, accuracy = line.estimate("cost_usd"), line.estimate("accuracy")
        axes.errorbar(cost.mean, accuracy.mean, xerr=cost.half_width or None, yerr=accuracy.half_width or None,
                      color=style.colour(series), marker=style.marker(series), markersize=9, markeredgecolor="white",
                      markeredgewidth=0.8, elinewidth=1.2, capsize=2.5, linestyle="none", zorder=3)
        name = line.name if len(titles) == len(lines) else ", ".join(line.axes.values()) or line.name
        points.append((cost.mean, accuracy.mean, style.wrapped(name, 30)))
        obstacles += style.error_bars(cost, accuracy)
    axes.set_xlim(0, 1.25 * max(x for x, _, _ in points) or 1)
    low, high = min(y for _, y, _ in points), max(y for _, y, _ in points)
    margin = max(0.15 * (high - low), 0.02)
    axes.set_ylim(max(0, low - margin) if low > 0.3 else 0, min(1.0, high + margin) if high < 0.9 else 1.0)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("cost (USD)")
    axes.set_ylabel("final accuracy on the test images")
    style.usd_ticks(axes.xaxis)
    if len(titles) < len(lines):
        style.legend_above(figure, [axes], [style.sample(i, line=False) for i in range(len(titles))], titles)
    if labelled:
        labels.beside_points(axes, points, obstacles)
    return figure


def cost_breakdown(results):
    """Cost by kind, a stacked bar for each line of the comparison."""
    kinds = list(style.KINDS)
    rows = [(line.name, [line.estimate(f"{kind}_usd").mean for kind in kinds], line.estimate("cost_usd"))
            for line in results.lines]
    if len(rows) > MOST_BARS:
        raise LeftOut(f"{len(rows)} bars do not fit on a page (at most {MOST_BARS})")
    shown = [k for k in range(len(kinds)) if any(parts[k] > 0 for _, parts, _ in rows)]
    if not shown:
        raise LeftOut("nothing was charged")
    figure, axes = _bars(results, [name for name, _, _ in rows], "What the cost is made of",
                         style.subtitle(results, "prices of " + ", ".join(results.price_sheets)))
    for y, (_, parts, total) in enumerate(rows):
        left = 0.0
        for k in shown:
            axes.barh(y, parts[k], left=left, height=0.66, color=style.KINDS[kinds[k]], edgecolor="white", linewidth=0.6)
            left += parts[k]
        text = style.usd(total.mean)
        if total.half_width > 0:
            axes.errorbar(total.mean, y, xerr=total.half_width, color=style.INK, elinewidth=1, capsize=2.5)
        axes.annotate(text, (total.mean + total.half_width, y), xytext=(6, 0), textcoords="offset points", va="center",
                      fontsize=9, color=style.INK)
    axes.set_xlim(0, 1.14 * max(total.mean + total.half_width for _, _, total in rows))
    axes.set_xlabel("cost of the run (USD)")
    style.usd_ticks(axes.xaxis)
    style.legend_above(figure, [axes], [_patch(style.KINDS[kinds[k]]) for k in shown], [kinds[k] for k in shown])
    return figure


def time_breakdown(results):
    """Where the time of the mean worker goes, by phase."""
    rows = [(line, time_shares(results, line)) for line in results.lines]
    rows = [(line, shares.seconds) for line, shares in rows if shares.seconds]
    if not rows:
        raise LeftOut("no times were stored")
    if len(rows) > MOST_BARS:
        raise LeftOut(f"{len(rows)} bars do not fit on a page (at most {MOST_BARS})")
    figure, axes = _bars(results, [line.name for line, _ in rows], "Where the time goes",
                         style.subtitle(results, "mean over the workers; a bar is as long as the run", intervals=False))
    divisor, unit = style.seconds_unit(max(sum(seconds.values()) for _, seconds in rows))
    seen = {}
    for y, (_, seconds) in enumerate(rows):
        total = sum(seconds.values())
        left = 0.0
        for phase in sorted(seconds, key=list(style.PHASES).index):
            width = seconds[phase] / divisor
            axes.barh(y, width, left=left, height=0.66, color=style.PHASES[phase], edgecolor="white", linewidth=0.4)
            left += width
            seen[phase] = max(seen.get(phase, 0), seconds[phase] / total)
        axes.annotate(style.duration(total), (left, y), xytext=(6, 0), textcoords="offset points", va="center",
                      fontsize=9, color=style.INK)
    axes.set_xlim(0, 1.12 * max(sum(seconds.values()) for _, seconds in rows) / divisor)
    axes.set_xlabel(f"simulated time ({unit})")
    order = [phase for phase in style.PHASES if seen.get(phase, 0) >= 0.002]
    style.legend_above(figure, [axes], [_patch(style.PHASES[phase]) for phase in order],
                       [phase.replace("_", " ") for phase in order])
    return figure


def _patch(colour):
    return plt.Line2D([], [], color=colour, marker="s", markersize=9, linestyle="none")


def _bars(results, names, title, subtitle):
    """A figure for one horizontal bar per name, first name on top."""
    texts = [style.wrapped(name, 34) for name in names]
    rows = sum(max(1, text.count("\n") + 1) ** 0.6 for text in texts)
    height = 2.05 + 0.4 * rows
    figure, axes = plt.subplots(figsize=(9.5, height))
    top = style.heading(figure, title, subtitle)
    widest = max(len(part) for text in texts for part in text.split("\n"))
    figure.subplots_adjust(left=min(0.04 + widest * 0.0078, 0.36), right=0.97, top=top, bottom=0.55 / height)
    axes.set_yticks(range(len(names)), texts)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure, axes
