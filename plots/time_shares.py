"""How a run's time divides into phases.

Spans may lie inside each other (a workflow's state holds a fetch and a wait). Every instant of an actor counts once, for
the span that began last among those under way; instants in no span count as `idle`. So an actor's phases add up to the
length of the run.
"""

import heapq
import re
from dataclasses import dataclass


@dataclass
class Shares:
    seconds: dict     # by phase
    of_worker: bool   # True: of the mean worker; False: spans of all actors added up


def time_shares(connection, runs):
    """The mean over `runs` (rows of table runs)."""
    full = all(run["detail"] == "full" for run in runs)
    totals = {}
    for run in runs:
        part = _mean_worker(connection, run) if full else _all_actors(connection, run)
        for phase, seconds in part.items():
            totals[phase] = totals.get(phase, 0.0) + seconds / len(runs)
    return Shares({phase: seconds for phase, seconds in totals.items() if seconds > 0}, full)


def _all_actors(connection, run):
    return {row["phase"]: row["s"] for row in connection.execute(
        "SELECT phase, sum(total_s) AS s FROM phases WHERE run_id = ? GROUP BY phase", (run["run_id"],))}


def _mean_worker(connection, run):
    workers = _workers(connection, run["run_id"])
    if not workers:
        return {}
    spans = {worker: [] for worker in workers}
    marks = ", ".join("?" * len(workers))
    for row in connection.execute(
            f"SELECT actor, phase, start_s, end_s FROM spans WHERE run_id = ? AND actor IN ({marks})",
            (run["run_id"], *workers)):
        spans[row["actor"]].append((row["start_s"], row["end_s"], row["phase"]))
    totals = {}
    for worker in workers:
        for phase, seconds in innermost(spans[worker], run["simulated_s"]).items():
            totals[phase] = totals.get(phase, 0.0) + seconds / len(workers)
    return totals


def _workers(connection, run_id):
    """The actors of the role that computes most: `peer-0`, `peer-1` … are one role; what belongs to another actor
    (`peer-0/gradient-3`) is none of its own."""
    rows = connection.execute("SELECT actor, phase, total_s FROM phases WHERE run_id = ?", (run_id,)).fetchall()
    compute, actors = {}, {}
    for row in rows:
        if "/" in row["actor"] or "[" in row["actor"]:
            continue
        role = re.sub(r"[-_ ]?\d+$", "", row["actor"])
        actors.setdefault(role, {})[row["actor"]] = None
        if row["phase"] == "compute":
            compute[role] = compute.get(role, 0.0) + row["total_s"]
    if not actors:
        return []
    role = max(actors, key=lambda r: (compute.get(r, 0.0), len(actors[r])))
    return list(actors[role])[:500]


def innermost(spans, length):
    """Seconds by phase of one actor's (start, end, phase) spans in a run of `length` seconds."""
    totals = {}
    spans = sorted(spans, key=lambda s: (s[0], -s[1]))
    edges = sorted({0.0, length, *(s[0] for s in spans), *(s[1] for s in spans)})
    open_spans = []  # the one that began last on top
    following = 0
    for left, right in zip(edges, edges[1:]):
        while following < len(spans) and spans[following][0] <= left:
            heapq.heappush(open_spans, (-following, spans[following]))
            following += 1
        while open_spans and open_spans[0][1][1] <= left:
            heapq.heappop(open_spans)
        phase = open_spans[0][1][2] if open_spans else "idle"
        totals[phase] = totals.get(phase, 0.0) + right - left
    return totals
