"""Who took part: the workers in each round, and what broke and came back, over simulated time."""

import names
import style
from left_out import LeftOut

MOST_STRIPS = 8  # on a page
MOST_RUNS = 20   # of a line, laid over each other

VOTES = {"dropped": ("v", "#D55E00"), "suspected": ("o", "#B58900"), "admitted": ("4", "#0072B2")}
BACK = {"recovered", "restored", "joined", "rejoined", "restarted"}


def participants_over_time(results):
    """A strip for each line of the comparison in which something happened; a thin step line for each replication."""
    strips = []
    for line in results.lines:
        runs = line.runs[:MOST_RUNS]
        rounds, faults = [results.rounds(run) for run in runs], [results.faults(run) for run in runs]
        if any(faults) or any(len({row["participants"] for row in rows}) > 1 for rows in rounds):
            strips.append((line, runs, rounds, faults))
    if not strips:
        raise LeftOut("every worker took part in every round, and nothing broke")
    longest = max(run["simulated_s"] - results.origin(run) for _, runs, _, _ in strips for run in runs)
    begin = min([0.0, *(fault["at_s"] - results.origin(run) for _, runs, _, faults in strips
                        for run, rows in zip(runs, faults) for fault in rows)])
    divisor, unit = style.seconds_unit(longest)
    quiet = len(results.lines) - len(strips)
    notes = [f"{quiet} without events are left out" if quiet else None,
             f"at most {MOST_RUNS} replications of each" if any(len(line.runs) > MOST_RUNS for line, *_ in strips) else None]
    kinds = sorted({_kind(fault) for _, _, _, faults in strips for rows in faults for fault in rows})
    legend = ([_mark(kind) for kind in kinds], kinds)
    groups = style.pages(strips, MOST_STRIPS)
    for number, group in enumerate(groups, 1):
        titles = [names.wrapped(line.name, 95) for line, *_ in group]
        deep = max(title.count("\n") for title in titles)
        strip = 1.15 + 0.16 * deep
        figure, axes = style.page(9.8, 0.55 + strip * len(group), "Workers in each round, and what broke",
                                  style.subtitle(results, *notes, intervals=False, page=(number, len(groups))), legend,
                                  left=0.07, right=0.97, rows=len(group), clear=0.1 + 0.16 * (1 + deep),
                                  squeeze=False, sharex=True,
                                  gridspec_kw={"hspace": 0.62 + 0.25 * deep})
        for chart, title, (_, runs, rounds, faults) in zip(axes[:, 0], titles, group):
            _strip(chart, results, runs, rounds, faults, divisor)
            chart.set_title(title, fontsize=9, color=style.TEXT, loc="left", pad=3)
            chart.set_xlim(begin / divisor, longest / divisor * 1.01 or 1)
        axes[-1, 0].set_xlabel(f"simulated time since the training began ({unit})" if results.startup_known
                               else f"simulated time ({unit})")
        yield figure


def _strip(chart, results, runs, rounds, faults, divisor):
    most = max((row["participants"] for rows in rounds for row in rows), default=0)
    alpha = 1 if len(runs) == 1 else max(0.15, 1 / len(runs) ** 0.6)
    for run, rows, broken in zip(runs, rounds, faults):
        origin = results.origin(run)
        if rows:
            edges = [(row["start_s"] - origin) / divisor for row in rows] + [(rows[-1]["end_s"] - origin) / divisor]
            edges = [max(edges[:k + 1]) for k in range(len(edges))]  # rounds of asynchronous workers overlap
            chart.stairs([row["participants"] for row in rows], edges, color=style.PALETTE[0], alpha=alpha, linewidth=1.4,
                         baseline=None)
        for kind in dict.fromkeys(map(_kind, broken)):
            look = _mark(kind)
            times = [(fault["at_s"] - origin) / divisor for fault in broken if _kind(fault) == kind]
            chart.plot(times, [0.12 * max(most, 1)] * len(times), marker=look.get_marker(), color=look.get_color(),
                       markersize=6, markeredgewidth=1.6, linestyle="none", alpha=max(alpha, 0.4), clip_on=False, zorder=4)
    chart.set_ylim(0, 1.15 * max(most, 1))
    chart.set_yticks([0, most] if most else [0])


def _kind(fault):
    return fault["kind"].replace("_", " ")


def _mark(kind):
    word = kind.split(" ")[0]
    if word in VOTES:
        return _line(*VOTES[word])
    if word in BACK:
        return _line("^", "#009E73")
    return _line("x", "#A4243B") if "crash" in kind else _line("d", style.FAINT)


def _line(marker, colour):
    return style.Line2D([], [], marker=marker, color=colour, markersize=6, markeredgewidth=1.6, linestyle="none")
