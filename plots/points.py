"""Final accuracy over cost: a point for each line of the comparison, each with its name, beside it or by number in a key.

A chart is a function that yields its pages' figures, or raises LeftOut.
"""

import math

from matplotlib.ticker import PercentFormatter

import labels
import names
import style
from left_out import LeftOut

MOST_LABELS = 12  # named beside their points; more are numbered
MOST_POINTS = 60  # on a page


def cost_against_accuracy(results):
    """Final accuracy over cost."""
    lines = [line for line in results.lines if not math.isnan(line.estimate("accuracy").mean)]
    if not lines:
        raise LeftOut("the runs have no accuracy")
    titles = list(dict.fromkeys(line.title for line in lines))
    limits = _limits(lines)
    groups = style.pages(lines, MOST_POINTS)
    for number, group in enumerate(groups, 1):
        numbered = len(lines) > MOST_LABELS
        by_title = 1 < len(titles) < len(lines) and len(titles) <= len(style.PALETTE)
        looks = [titles.index(line.title) if by_title else i for i, line in enumerate(group)]
        legend = ([style.sample(i, line=False) for i in range(len(titles))], titles) if by_title else ((), ())
        key = _Key([line.name for line in group], sum(len(g) for g in groups[:number - 1])) if numbered else None
        bottom = 0.55 + (key.height if key else 0)
        figure, axes = style.page(9.2, 4.6 + bottom, "Cost against final accuracy",
                                  style.subtitle(results, "better is up and left", page=(number, len(groups))), legend,
                                  left=0.09, right=0.965, bottom=bottom)
        points, obstacles = [], []
        for i, (line, look) in enumerate(zip(group, looks)):
            cost, accuracy = line.estimate("cost_usd"), line.estimate("accuracy")
            axes.errorbar(cost.mean, accuracy.mean, xerr=cost.half_width or None, yerr=accuracy.half_width or None,
                          color=style.colour(look), marker=style.marker(look), markersize=6 if numbered else 9,
                          markeredgecolor="white", markeredgewidth=0.8, elinewidth=1.2, capsize=2.5, linestyle="none", zorder=3)
            name = key.number(i) if key else names.wrapped(line.name if not by_title else _rest(line, results), 30)
            points.append((cost.mean, accuracy.mean, name))
            obstacles += style.error_bars(cost, accuracy)
        _axes(axes, limits)
        if key:
            key.draw(figure, looks)
        labels.beside_points(axes, points, obstacles, fontsize=8 if numbered else 9, reach=4 if numbered else 6,
                             join=numbered)
        yield figure


def _rest(line, results):
    """What a name says beyond its title."""
    words = [f"{results.axes[path].name} {results.axes[path].label(value)}" for path, value in line.axes.items()
             if path != "architecture" and path in results.varied]
    return ", ".join(words) or line.name


def _limits(lines):
    costs = [line.estimate("cost_usd") for line in lines]
    levels = [line.estimate("accuracy") for line in lines]
    low, high = min(e.mean - e.half_width for e in levels), max(e.mean + e.half_width for e in levels)
    margin = max(0.15 * (high - low), 0.02)
    bottom = max(0, low - margin) if low > 0.3 and high - low < 0.5 else 0
    return 1.25 * max(e.mean + e.half_width for e in costs) or 1, bottom, min(1.02, high + margin) if high < 0.9 else 1.02


def _axes(axes, limits):
    right, bottom, top = limits
    axes.set_xlim(0, right)
    axes.set_ylim(bottom, top)
    if bottom > 0:
        style.mark_cut(axes, "y")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("cost of the run (USD)")
    axes.set_ylabel("final accuracy on the test data" + (" (axis cut)" if bottom > 0 else ""))
    style.usd_ticks(axes.xaxis)


class _Key:
    """The names below the chart, numbered, in as many columns as they leave room for."""

    WIDTH, SIZE, TOP = 9.2, 8, 0.62  # inches, points, inches below the axes

    def __init__(self, titles, before):
        self._before = before
        self._texts = [names.wrapped(title, 100) for title in titles]
        inches = 0.75 + self.SIZE / 72 * max(names.width(text) for text in self._texts)
        columns = max(1, min(4, int((self.WIDTH - 0.4) / inches)))
        self._rows = -(-len(titles) // columns)
        self._inches = (self.WIDTH - 0.4) / columns
        self._heights = [0.145 * (text.count("\n") + 1) + 0.025 for text in self._texts]
        self.height = 0.2 + max(sum(self._heights[i:i + self._rows]) for i in range(0, len(titles), self._rows))

    def number(self, i):
        return str(self._before + i + 1)

    def draw(self, figure, looks):
        tall = figure.get_figheight()
        for i, text in enumerate(self._texts):
            column, row = divmod(i, self._rows)
            x = 0.3 + column * self._inches
            y = self.height - sum(self._heights[column * self._rows:column * self._rows + row])
            sample = style.sample(looks[i], line=False)
            sample.set_data([x / self.WIDTH], [(y - 0.07) / tall])
            sample.set_markersize(5)
            sample.set_transform(figure.transFigure)
            figure.add_artist(sample)
            figure.text((x + 0.34) / self.WIDTH, y / tall, self.number(i), fontsize=self.SIZE, fontweight="bold", va="top",
                        ha="right")
            figure.text((x + 0.41) / self.WIDTH, y / tall, text, fontsize=self.SIZE, va="top", ha="left", linespacing=1.15)
