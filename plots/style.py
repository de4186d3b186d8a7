"""The look of all charts: one palette that colour-blind readers can tell apart, one type scale, quiet axes."""

import zlib

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

import names
from left_out import LeftOut

# After Okabe and Ito's set for colour-blind readers, the pale ones darkened for white paper.
PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC5FA0", "#B58900", "#3FA7DB", "#7A4FBF", "#5B5B5B"]
MARKERS = ["o", "s", "D", "^", "v", "p", "<", "h"]

INK = "#1f2933"      # titles
TEXT = "#3e4c59"     # labels
FAINT = "#7b8794"    # subtitles, leader lines
BEHIND = "#cfd6dc"   # what is shown for comparison only
GRID = "#e4e7eb"

MOST_PAGES = 16  # of a chart

KINDS = {"compute": "#0072B2", "requests": "#E69F00", "storage": "#009E73", "machines": "#CC79A7", "other": "#5B5B5B"}

# Phases by what they are for, in the order in which they are stacked. Within a family the hues are close and the shades
# far apart: any two of them differ by a CIELAB distance of 30 and more, but for the greys of waiting.
PHASES = {
    "boot": "#A4243B", "cold_start": "#FD604F", "queued": "#943C00", "ready": "#60373F",
    "compute": "#0072B2", "average": "#28C9FC",
    "encode": "#A2815F", "fetch": "#E69F00", "store": "#ECE651", "invoke": "#FAA067", "transition": "#F8DFA4",
    "authenticate": "#44450F",
    "aggregate": "#009E73", "update": "#A9F1BA", "converge": "#15F8A6", "evaluate": "#82D04F", "trigger": "#897800",
    "checkpoint": "#BD96FF", "restore": "#0438A9",
    "heartbeat": "#FD98BD", "barrier": "#9AA5B1", "idle": "#D2D8DD",
}
# For phases that are not in the list: by their names, so that each keeps its look from chart to chart.
UNLISTED = ["#0DFBFB", "#005556", "#9C0082", "#296C00"]
UNLISTED_HATCHES = ["xx", "..", "++", "oo"]
STARTUP_HATCH = "/////"


def apply(fonts=(names.BASE,)):
    matplotlib.rcdefaults()  # whatever the user's own settings are
    matplotlib.rcParams.update({
        "font.family": list(fonts), "font.size": 10, "text.color": TEXT,
        "axes.edgecolor": "#9aa5b1", "axes.labelcolor": TEXT, "axes.labelsize": 10, "axes.linewidth": 0.8,
        "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
        "axes.grid": True, "grid.color": GRID, "grid.linewidth": 0.8,
        "xtick.color": FAINT, "ytick.color": FAINT, "xtick.labelcolor": TEXT, "ytick.labelcolor": TEXT,
        "xtick.labelsize": 9, "ytick.labelsize": 9, "xtick.major.size": 3, "ytick.major.size": 3,
        "legend.frameon": False, "legend.fontsize": 9, "lines.linewidth": 2, "lines.markersize": 5,
        "figure.dpi": 100, "savefig.dpi": 160, "figure.facecolor": "white", "savefig.facecolor": "white",
        "text.parse_math": False, "text.usetex": False, "hatch.linewidth": 0.7, "figure.max_open_warning": 0,
        "svg.hashsalt": "windtunnel", "svg.fonttype": "none", "pdf.fonttype": 42,
    })


def page(width, height, title, subtitle, legend=((), ()), left=0.1, right=0.96, bottom=0.55, columns=1, rows=1, clear=0.0, **grid):
    """A figure with heading and legend above `height` inches of axes, `bottom` of them for what stands below. Returns the
    figure and its axes, one or a list; heading and legend get the room that they need, and `clear` inches below them."""
    title_lines = names.wrapped(title, (width - 0.4) * 72 / 13.5 / 0.56 / 1.12)
    under = names.wrapped(subtitle, (width - 0.4) * 72 / 9.5 / 0.56)
    head = 0.16 + 0.24 * (title_lines.count("\n") + 1) + 0.04
    legend_top = head + 0.175 * (under.count("\n") + 1) + 0.08
    above = legend_top + 0.08 + clear
    handles, texts = legend
    if texts:
        texts = [names.wrapped(text, min(70, (width - 1) * 72 / 9 / 0.56)) for text in texts]
        inches = 0.5 + 9 / 72 * 1.02 * max(names.width(text) for text in texts)
        ncol = max(1, min(len(texts), int((width - 0.3) / inches)))
        ncol = -(-len(texts) // -(-len(texts) // ncol))
        tall = -(-len(texts) // ncol)
        above += max(sum(0.06 + 0.152 * (text.count("\n") + 1) for text in texts[i:i + tall])
                     for i in range(0, len(texts), tall)) + 0.1
    total = height + above
    figure, axes = plt.subplots(rows, columns, figsize=(width, total), **grid)
    figure.text(0.2 / width, 1 - 0.16 / total, title_lines, fontsize=13.5, fontweight="bold", color=INK, va="top", ha="left",
                linespacing=1.15)
    figure.text(0.2 / width, 1 - head / total, under, fontsize=9.5, color=FAINT, va="top", ha="left", linespacing=1.25)
    if texts:
        drawn = figure.legend(handles, [f"entry {i}" for i in range(len(texts))], ncol=ncol, loc="upper left",
                              bbox_to_anchor=(0.14 / width, 1 - legend_top / total), handletextpad=0.5, columnspacing=1.5,
                              borderaxespad=0, handleheight=1, labelspacing=0.45)
        for entry, text in zip(drawn.get_texts(), texts):
            entry.set_text(text)  # afterwards: a legend leaves out names that begin with an underscore
    figure.subplots_adjust(left=left, right=right, top=1 - above / total, bottom=bottom / total)
    return figure, axes


def subtitle(results, *more, intervals=True, page=None):
    parts = [results.scenario]
    counts = [len(line.runs) for line in results.lines]
    if max(counts) > 1:
        of = str(max(counts)) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
        parts.append(f"mean {'and 95 % interval ' if intervals else ''}of {of} replications")
    if results.left_out:
        parts.append(f"without {len(results.left_out)} that {'is' if len(results.left_out) == 1 else 'are'} not done")
    return " · ".join([*parts, *filter(None, more), *([f"page {page[0]} of {page[1]}"] if page and page[1] > 1 else [])])


def pages(items, most):
    """The items in as few groups of at most `most` as possible, of about equal size. LeftOut when that is too many to be
    looked at."""
    count = max(1, -(-len(items) // most))
    if count > MOST_PAGES:
        raise LeftOut(f"{len(items)} lines would take {count} pages (at most {MOST_PAGES})")
    size = -(-len(items) // count)
    return [items[i:i + size] for i in range(0, len(items), size)]


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
    return f"${value:,.{digits}f}" if value >= 5e-8 else f"${value:.1e}"


def usd_ticks(axis):
    """Ticks as plain dollars with as many decimals as their distance needs; never in powers of ten."""
    def text(value, _):
        if value == 0:
            return "$0"
        ticks = axis.get_majorticklocs()
        steps = [b - a for a, b in zip(ticks, ticks[1:]) if b > a]
        digits = 0
        while steps and digits < 12 and abs(round(min(steps), digits) - min(steps)) > 1e-3 * min(steps):
            digits += 1
        return f"${value:,.{max(digits, 2)}f}"
    axis.set_major_formatter(FuncFormatter(text))


def log_ticks(axis):
    """A few ticks of a log axis, as plain numbers or powers of ten, never in the plotter's markup."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(numticks=8, subs=(1.0, 2.0, 5.0) if high < 300 * low else (1.0,)))
    axis.set_minor_locator(NullLocator())
    wide = high > 1e6 * low
    axis.set_major_formatter(FuncFormatter(lambda value, _: power(value, always=wide)))


def power(value, always=False):
    """0.02, 500, 2·10¹⁴; always: 5·10² too."""
    if value == 0 or not always and 1e-4 < abs(value) < 1e6:
        return f"{value:g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    exponent = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{exponent}" if float(mantissa) == 1 else f"{float(mantissa):g}·10{exponent}"


def mark_cut(axes, which):
    """Says that the axis (x or y) does not begin at 0: two strokes across its lower end."""
    along, across = ([0.012, 0.022], 0.0) if which == "x" else ([0.02, 0.035], 0.0)
    for place in along:
        x, y = (place, across) if which == "x" else (across, place)
        axes.plot([x], [y], transform=axes.transAxes, marker=(2, 0, -30 if which == "x" else -60), markersize=9, color=FAINT,
                  markeredgewidth=1.1, linestyle="none", clip_on=False, zorder=6)


def error_bars(x, y):
    """The lines of a point's error bars, for labels to keep off."""
    return [((x.mean - x.half_width, y.mean), (x.mean + x.half_width, y.mean)),
            ((x.mean, y.mean - y.half_width), (x.mean, y.mean + y.half_width))]


def sample(index, line=True):
    """What a legend shows for series `index`."""
    return Line2D([], [], color=colour(index), marker=marker(index), linestyle="-" if line else "none", linewidth=1.8,
                  markersize=6.5, markeredgecolor="white", markeredgewidth=0.7)


def patch(colour, hatch=None):
    return Patch(facecolor=colour, edgecolor="white", hatch=hatch, linewidth=0.4)


def colour(index):
    return PALETTE[index % len(PALETTE)]


def marker(index):
    return MARKERS[(index + index // len(PALETTE)) % len(MARKERS)]  # another pairing on the second time round


def phase_look(phase):
    """(colour, hatch) of a phase, known or not."""
    if phase in PHASES:
        return PHASES[phase], None
    number = zlib.crc32(phase.encode("utf-8", "backslashreplace"))
    return UNLISTED[number % len(UNLISTED)], UNLISTED_HATCHES[number // len(UNLISTED) % len(UNLISTED_HATCHES)]


def phase_order(phase):
    """For sorting: known phases in the order of the list, then others by name, waiting last."""
    known = list(PHASES)
    if phase in ("barrier", "idle"):
        return (2, known.index(phase), phase)
    return (0, known.index(phase), phase) if phase in PHASES else (1, 0, phase)
