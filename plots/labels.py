"""Places labels so that none covers another, a point or the edge of the chart."""

import copy
import math
import textwrap

from style import FAINT, TEXT


def beside_points(axes, points, obstacles=(), fontsize=9, reach=6, join=False):
    """Labels each (x, y, text) at the free place nearest to its point, with a thin line when it is not close. Labels keep
    off the points, `reach` points (1/72 inch) around each, and off the obstacles: lines ((x, y), (x, y)). join: points that
    cover each other share one label, their texts in a row."""
    figure = axes.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    pixels = figure.dpi / 72
    area = axes.get_window_extent(renderer)
    if join:
        points = _joined(axes, points, reach * pixels)
    spots = [axes.transData.transform((x, y)) for x, y, _ in points]
    taken = [_Box.around(px, py, reach * pixels) for px, py in spots]
    for start, end in obstacles:
        taken += _along(axes.transData.transform(start), axes.transData.transform(end), pixels)
    for (x, y, text), (px, py) in zip(points, spots):
        label = axes.annotate(text, (x, y), xytext=(0, 0), textcoords="offset points", fontsize=fontsize, color=TEXT,
                              ha="left", va="bottom", annotation_clip=False, zorder=5)
        size = label.get_window_extent(renderer)
        best = None
        for cost, dx, dy in _offsets(size.width, size.height, pixels, 1 + reach):
            box = _Box(px + dx - 2 * pixels, py + dy, px + dx + size.width + 2 * pixels, py + dy + size.height)
            # Overlaps count most, then leaving the axes, then distance.
            penalty = cost + 4 * sum(box.overlap(other) for other in taken) + 4 * box.outside(area)
            if best is None or penalty < best[0]:
                best = (penalty, dx, dy, box)
        _, dx, dy, box = best
        label.set_position((dx / pixels, dy / pixels))
        taken.append(box)
        if box.distance(px, py) > 2.5 * reach * pixels:
            near = (min(max(px, box.x0), box.x1), min(max(py, box.y0), box.y1))
            end = axes.transData.inverted().transform(near)
            axes.plot([x, end[0]], [y, end[1]], color=FAINT, linewidth=0.6, zorder=1, scalex=False, scaley=False)


def in_margin(axes, entries, fontsize=9):
    """A legend in the right margin whose entries stand at the height where their lines end: (y, text, sample) each, the
    sample a Line2D that shows the line's look. Entries keep their distance."""
    figure = axes.figure
    figure.canvas.draw()
    area = axes.get_window_extent(figure.canvas.get_renderer())
    pixels = figure.dpi / 72
    order = sorted(range(len(entries)), key=lambda i: entries[i][0])
    heights = [(entries[i][1].count("\n") + 1) * fontsize * 1.4 * pixels for i in order]
    wanted = [axes.transData.transform((0, entries[i][0]))[1] for i in order]
    for i, centre in zip(order, _spread(wanted, heights, area.y0, area.y1)):
        _, text, sample = entries[i]
        level = (centre - area.y0) / area.height
        start = 1 + 12 * pixels / area.width
        length = 18 * pixels / area.width
        handle = copy.copy(sample)
        handle.set_data([start, start + length / 2, start + length], [level] * 3)
        handle.set_markevery([1])
        handle.set_transform(axes.transAxes)
        handle.set_clip_on(False)
        axes.add_artist(handle)
        axes.annotate(text, (start + length, level), xycoords="axes fraction", xytext=(6, 0), textcoords="offset points",
                      fontsize=fontsize, color=TEXT, va="center", ha="left", annotation_clip=False)


def _joined(axes, points, reach):
    """The points, those that lie within `reach` pixels of another as one."""
    found = []
    for x, y, text in points:
        spot = axes.transData.transform((x, y))
        near = next((group for group in found if math.dist(group[0], spot) < reach), None)
        if near is None:
            found.append((spot, x, y, [text]))
        else:
            near[3].append(text)
    return [(x, y, textwrap.fill(", ".join(texts), 28)) for _, x, y, texts in found]


class _Box:
    def __init__(self, x0, y0, x1, y1):
        self.x0, self.y0, self.x1, self.y1 = x0, y0, x1, y1

    @staticmethod
    def around(x, y, reach):
        return _Box(x - reach, y - reach, x + reach, y + reach)

    def overlap(self, other):
        """Overlap in pixels of the side that overlaps less."""
        return max(0, min(min(self.x1, other.x1) - max(self.x0, other.x0), min(self.y1, other.y1) - max(self.y0, other.y0)))

    def outside(self, area):
        return max(0, area.x0 - self.x0, self.x1 - area.x1) + max(0, area.y0 - self.y0, self.y1 - area.y1)

    def distance(self, x, y):
        return math.hypot(max(self.x0 - x, 0, x - self.x1), max(self.y0 - y, 0, y - self.y1))


def _along(start, end, pixels):
    """Small boxes that cover the line from start to end."""
    steps = max(1, int(math.dist(start, end) / (5 * pixels)))
    return [_Box.around(start[0] + (end[0] - start[0]) * k / steps, start[1] + (end[1] - start[1]) * k / steps, 2.5 * pixels)
            for k in range(steps + 1)]


def _offsets(width, height, pixels, step):
    """(cost, dx, dy) of the label's lower left corner from its point, near and preferred places first."""
    for ring in range(1, 13):
        gap = step * ring * pixels
        places = [(gap, -height / 2), (gap * 0.7, gap * 0.7), (-width / 2, gap), (gap * 0.7, -gap * 0.7 - height),
                  (-width / 2, -gap - height), (-width - gap, -height / 2), (-width - gap * 0.7, gap * 0.7),
                  (-width - gap * 0.7, -gap * 0.7 - height)]
        for preference, (dx, dy) in enumerate(places):
            yield 3 * (ring - 1) * pixels + 0.2 * preference, dx, dy


def _spread(wanted, heights, low, high):
    """Positions as near as possible to the wanted ones (ascending), at least half the heights apart, within [low, high]
    while there is room: neighbours that collide are moved as one block around their mean."""
    blocks = [[w, h, [h]] for w, h in zip(wanted, heights)]  # centre, height, members' heights
    merged = []
    for block in blocks:
        merged.append(block)
        while len(merged) > 1 and merged[-1][0] - merged[-2][0] < (merged[-1][1] + merged[-2][1]) / 2:
            b, a = merged.pop(), merged.pop()
            n, m = len(a[2]), len(b[2])
            merged.append([(a[0] * n + b[0] * m) / (n + m), a[1] + b[1], a[2] + b[2]])
    centres = []
    for centre, height, members in merged:
        bottom = min(max(centre - height / 2, low), max(high - height, low))
        for member in members:
            centres.append(bottom + member / 2)
            bottom += member
    return centres
