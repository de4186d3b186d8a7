"""How a run's time divides into phases, start-up apart from training.

The results file counts every instant of an actor once (phases.exclusive_s), for the span that began last among those under
way; instants in no span are `idle`. So a worker's phases add up to the length of the run, whatever the detail kept.
"""

import re
from dataclasses import dataclass


@dataclass
class Shares:
    """Seconds of the mean worker by phase: before the training began, and from then on."""

    startup: dict
    training: dict

    @property
    def seconds(self):
        """By phase, both together."""
        return {phase: self.startup.get(phase, 0.0) + self.training.get(phase, 0.0)
                for phase in dict.fromkeys([*self.startup, *self.training])}


def time_shares(results, line):
    """The mean over the line's runs of their mean workers; empty where no times were stored. All is training where start-up
    was not recorded."""
    shares = Shares({}, {})
    counted = [(run, rows) for run in line.runs if (rows := _workers(results.phases(run)))]
    for run, rows in counted:
        workers = sum({row["actor"]: row["actors"] for row in rows}.values())
        known = "startup_s" in run
        began = run["startup_s"] if known else 0.0
        rest = {"startup": began, "training": run["simulated_s"] - began}
        for row in rows:
            early = row["startup_s"] if known else 0.0
            for part, seconds in (("startup", early), ("training", row["exclusive_s"] - early)):
                rest[part] -= seconds / workers
                _add(getattr(shares, part), row["phase"], seconds / workers / len(counted))
        for part, seconds in rest.items():
            _add(getattr(shares, part), "idle", seconds / len(counted))
    return shares


def _add(totals, phase, seconds):
    if seconds > 1e-9:
        totals[phase] = totals.get(phase, 0.0) + seconds


def _workers(rows):
    """The rows of the role that computes most: `peer-0`, `peer-1` … are one role; what belongs to another actor
    (`peer-0/gradient-3`) is none of its own."""
    roles, compute = {}, {}
    for row in rows:
        if "/" in row["actor"] or "[" in row["actor"]:
            continue
        role = re.sub(r"\d+", "*", row["actor"])
        roles.setdefault(role, []).append(row)
        if row["phase"] == "compute":
            compute[role] = compute.get(role, 0.0) + row["exclusive_s"]
    if not roles:
        return []
    return roles[max(roles, key=lambda role: (compute.get(role, 0.0), len(roles[role])))]
