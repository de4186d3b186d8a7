"""What cost and time are made of: stacked bars, a bar for each line of the comparison, as many pages as it takes.

Each chart is a function that yields its pages' figures, or raises LeftOut.
"""

import names
import style
from left_out import LeftOut
from time_shares import time_shares

MOST_BARS = 36  # on a page


def cost_breakdown(results):
    """Cost by kind; a strip below each bar shows what of it was paid for start-up."""
    kinds = [kind for kind in style.KINDS if kind != "other"]
    rows = []
    for line in results.lines:
        parts = {kind: line.estimate(f"{kind}_usd").mean for kind in kinds}
        parts = {kind: usd for kind, usd in parts.items() if usd > 0}  # NaN is not
        total = line.estimate("cost_usd")
        rest = total.mean - sum(parts.values())
        if rest > 1e-6 * total.mean:
            parts["other"] = rest
        rows.append((line, parts, total))
    shown = [kind for kind in style.KINDS if any(kind in parts for _, parts, _ in rows)]
    if not shown:
        raise LeftOut("nothing was charged")
    startup = results.startup_known and any(line.estimate("startup_usd").mean > 0.002 * total.mean for line, _, total in rows)
    handles, texts = [style.patch(style.KINDS[kind]) for kind in shown], list(shown)
    if startup:
        handles.append(style.patch(style.FAINT, style.STARTUP_HATCH))
        texts.append("of it for start-up (strip)")
    right = 1.16 * max(total.mean + total.half_width for _, _, total in rows)
    groups = style.pages(rows, MOST_BARS)
    for number, group in enumerate(groups, 1):
        figure, axes = _bars([line.name for line, _, _ in group], "What the cost is made of",
                             style.subtitle(results, "prices of " + ", ".join(results.price_sheets),
                                            page=(number, len(groups))), (handles, texts))
        for y, (line, parts, total) in enumerate(group):
            left = 0.0
            for kind in (k for k in shown if k in parts):
                axes.barh(y, parts[kind], left=left, height=0.54, color=style.KINDS[kind], edgecolor="white", linewidth=0.6)
                left += parts[kind]
            if startup:
                axes.barh(y + 0.37, line.estimate("startup_usd").mean, height=0.16, color=style.FAINT, edgecolor="white",
                          hatch=style.STARTUP_HATCH, linewidth=0)
            if total.half_width > 0:
                axes.errorbar(total.mean, y, xerr=total.half_width, color=style.INK, elinewidth=1, capsize=2.5)
            axes.annotate(style.usd(total.mean), (total.mean + total.half_width, y), xytext=(6, 0),
                          textcoords="offset points", va="center", fontsize=9, color=style.INK)
        axes.set_xlim(0, right)
        axes.set_xlabel("cost of the run (USD)")
        style.usd_ticks(axes.xaxis)
        yield figure


def time_breakdown(results):
    """Where the time of the mean worker goes, by phase, from the order on: first start-up, hatched, then training."""
    rows = [(line, time_shares(results, line)) for line in results.lines]
    rows = [(line, shares) for line, shares in rows if shares.seconds]
    if not rows:
        raise LeftOut("no times were stored")
    seen, startup = {}, False
    for _, shares in rows:
        total = sum(shares.seconds.values())
        startup = startup or sum(shares.startup.values()) > 0.002 * total
        for phase, seconds in shares.seconds.items():
            seen[phase] = max(seen.get(phase, 0), seconds / total)
    order = sorted((phase for phase in seen if seen[phase] >= 0.002), key=style.phase_order)
    handles = [style.patch(*style.phase_look(phase)) for phase in order]
    texts = [phase.replace("_", " ") if phase in style.PHASES else phase for phase in order]
    if startup:
        handles.append(style.patch(style.FAINT, style.STARTUP_HATCH))
        texts.append("start-up (hatched)")
    longest = max(sum(shares.seconds.values()) for _, shares in rows)
    divisor, unit = style.seconds_unit(longest)
    groups = style.pages(rows, MOST_BARS)
    for number, group in enumerate(groups, 1):
        figure, axes = _bars([line.name for line, _ in group], "Where the time goes",
                             style.subtitle(results, "mean over the workers; a bar is as long as the run",
                                            "start-up + training" if startup else None, intervals=False,
                                            page=(number, len(groups))), (handles, texts))
        for y, (_, shares) in enumerate(group):
            left = 0.0
            for part, hatch in ((shares.startup, style.STARTUP_HATCH), (shares.training, None)):
                for phase in sorted(part, key=style.phase_order):
                    colour, own = style.phase_look(phase)
                    axes.barh(y, part[phase] / divisor, left=left, height=0.66, color=colour, edgecolor="white",
                              linewidth=0.3, hatch=hatch or own)
                    left += part[phase] / divisor
            before, after = sum(shares.startup.values()), sum(shares.training.values())
            text = f"{style.duration(before)} + {style.duration(after)}" if before > 0 else style.duration(after)
            axes.annotate(text, (left, y), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9, color=style.INK)
        axes.set_xlim(0, (1.28 if startup else 1.14) * longest / divisor)
        axes.set_xlabel(f"simulated time since everything was ordered ({unit})")
        yield figure


def _bars(titles, title, subtitle, legend):
    """A page for one horizontal bar per name, first name on top."""
    texts = [names.wrapped(name, 46) for name in titles]
    lines = [text.count("\n") + 1 for text in texts]
    row = max(0.34, 0.12 + 0.15 * max(lines)) if max(lines) > 1 else 0.34
    widest = max(names.width(text) for text in texts) * 9 / 72
    left = min(0.3 + widest, 4.2)
    height = 0.62 + row * max(len(titles), 1.6)
    figure, axes = style.page(9.8, height, title, subtitle, legend, left=left / 9.8, right=0.97, bottom=0.55)
    axes.set_yticks(range(len(titles)), texts)
    axes.set_ylim(len(titles) - 0.45, -0.55)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure, axes
