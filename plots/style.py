"""The look of all charts: one palette that colour-blind readers can tell apart, one type scale, quiet axes."""

import textwrap

import matplotlib
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

# After Okabe and Ito's set for colour-blind readers, the pale ones darkened for white paper.
PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC5FA0", "#B58900", "#3FA7DB", "#7A4FBF", "#5B5B5B"]
MARKERS = ["o", "s", "D", "^", "v", "p", "<", "h"]

INK = "#1f2933"      # titles
TEXT = "#3e4c59"     # labels
FAINT = "#7b8794"    # subtitles, leader lines
GRID = "#e4e7eb"

KINDS = {"compute": "#0072B2", "requests": "#E69F00", "storage": "#009E73", "machines": "#CC79A7"}

# Phases by what they are for; within a family the shades differ.
PHASES = {
    "compute": "#0072B2", "average": "#5BA4CF",
    "encode": "#A67C00", "fetch": "#E69F00", "store": "#F2C14E", "invoke": "#C77F00", "transition": "#F7DC8B", "authenticate": "#8F5B00",
    "aggregate": "#009E73", "update": "#66C5AB", "converge": "#B2E2D4",
    "evaluate": "#2F7D5B", "trigger": "#F3E3B0",
    "boot": "#A4243B", "cold_start": "#D55E00", "queued": "#F0936B", "ready": "#E8B4B8", "rent": "#D5DAE0",
    "checkpoint": "#7A4FBF", "restore": "#B79CE0",
    "heartbeat": "#CC79A7", "barrier": "#9AA5B1", "idle": "#D5DAE0", "other": "#EDEFF2",
}


def apply():
    matplotlib.rcParams.update({
        "font.family": ["DejaVu Sans"], "font.size": 10, "text.color": TEXT,
        "axes.edgecolor": "#9aa5b1", "axes.labelcolor": TEXT, "axes.labelsize": 10, "axes.linewidth": 0.8,
        "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
        "axes.grid": True, "grid.color": GRID, "grid.linewidth": 0.8,
        "xtick.color": FAINT, "ytick.color": FAINT, "xtick.labelcolor": TEXT, "ytick.labelcolor": TEXT,
        "xtick.labelsize": 9, "ytick.labelsize": 9, "xtick.major.size": 3, "ytick.major.size": 3,
        "legend.frameon": False, "legend.fontsize": 9, "lines.linewidth": 2, "lines.markersize": 5,
        "figure.dpi": 100, "savefig.dpi": 160, "figure.facecolor": "white", "savefig.facecolor": "white",
        "text.parse_math": False, "svg.hashsalt": "windtunnel", "svg.fonttype": "none", "pdf.fonttype": 42,
    })


def heading(figure, title, subtitle, left=0.02):
    """Title and subtitle, flush left above the axes; returns the height of the axes' area below them (0 to 1)."""
    height = figure.get_figheight()
    figure.text(left, 1 - 0.16 / height, title, fontsize=13.5, fontweight="bold", color=INK, va="top", ha="left")
    figure.text(left, 1 - 0.44 / height, subtitle, fontsize=9.5, color=FAINT, va="top", ha="left")
    return 1 - 0.74 / height


def legend_above(figure, axes, handles, names):
    """A legend between heading and axes (one or several side by side), flush left, in as many rows as it needs; the axes
    make room for it."""
    inches = 0.52 + 0.077 * max(len(name) for name in names)
    columns = max(1, min(len(names), int((figure.get_figwidth() - 0.3) / inches)))
    rows = -(-len(names) // columns)
    columns = -(-len(names) // rows)
    height = figure.get_figheight()
    for each in axes:
        box = each.get_position()
        each.set_position([box.x0, box.y0, box.width, box.height - (0.12 + 0.21 * rows) / height])
    figure.legend(handles, names, ncol=columns, loc="upper left", bbox_to_anchor=(0.014, 1 - 0.72 / height), handletextpad=0.5,
                  columnspacing=1.5, borderaxespad=0, handleheight=1, labelspacing=0.45)


def subtitle(results, *more, intervals=True):
    parts = [results.scenario]
    if results.replications > 1:
        parts.append(f"mean {'and 95 % interval ' if intervals else ''}of {results.replications} replications")
    return " · ".join([*parts, *more])


def seconds_unit(longest):
    """(divisor, unit) in which times up to `longest` seconds read well."""
    for limit, divisor, unit in ((2e-1, 1e-3, "ms"), (600, 1, "s"), (4 * 3600, 60, "min"), (4 * 86400, 3600, "h")):
        if longest <= limit:
            return divisor, unit
    return 86400, "d"


def duration(seconds):
    divisor, unit = seconds_unit(seconds)
    return f"{seconds / divisor:.3g} {unit}" if seconds / divisor < 100 else f"{seconds / divisor:.0f} {unit}"


def usd(value):
    if value == 0:
        return "$0"
    digits = 2 if value >= 1 else 3 if value >= 0.1 else 4 if value >= 0.01 else 5 if value >= 0.001 else 7
    return f"${value:,.{digits}f}"


def usd_ticks(axis):
    """Ticks as plain dollars with as many decimals as their distance needs; never in powers of ten."""
    def text(value, _):
        if value == 0:
            return "$0"
        ticks = axis.get_majorticklocs()
        steps = [b - a for a, b in zip(ticks, ticks[1:]) if b > a]
        digits = 0
        while steps and digits < 8 and abs(round(min(steps), digits) - min(steps)) > 1e-3 * min(steps):
            digits += 1
        return f"${value:,.{max(digits, 2)}f}"
    axis.set_major_formatter(FuncFormatter(text))


def error_bars(x, y):
    """The lines of a point's error bars, for labels to keep off."""
    return [((x.mean - x.half_width, y.mean), (x.mean + x.half_width, y.mean)),
            ((x.mean, y.mean - y.half_width), (x.mean, y.mean + y.half_width))]


def wrapped(name, width=30):
    return "\n".join(textwrap.wrap(name, width, break_long_words=True)) or name


def sample(index, line=True):
    """What a legend shows for series `index`."""
    return Line2D([], [], color=colour(index), marker=marker(index), linestyle="-" if line else "none", linewidth=1.8,
                  markersize=6.5, markeredgecolor="white", markeredgewidth=0.7)


def colour(index):
    return PALETTE[index % len(PALETTE)]


def marker(index):
    return MARKERS[(index + index // len(PALETTE)) % len(MARKERS)]  # another pairing on the second time round
