"""Reads a results file: the runs, grouped into the lines of the comparison, and the curves that belong to them.

Everything a chart shows comes from this one SQLite file; its table `columns` documents it. Every cell is checked as it is
read: a damaged file ends in BadFile, which says where, and never in an error further on.
"""

import json
import os
import sqlite3
from dataclasses import dataclass, field

from axis_values import Axis, canonical
from cells import Cells, Damaged
from estimates import Estimate

APPLICATION_ID = 0x57544E4C
SCHEMA_VERSION = 4


class BadFile(Exception):
    """The file is not one that can be drawn; the message says why."""


@dataclass
class Line:
    """One point of the scenario: its runs that are done, and what they came to."""

    name: str    # in full: `spirt, function memory 512 MB`
    title: str   # variant and swept architecture, where there are such; else the scenario
    variant: str
    axes: dict   # value by path
    runs: list = field(default_factory=list)

    def estimate(self, column):
        """Of a column of table runs; NaN where there is no such figure."""
        return Estimate.of([run.get(column) for run in self.runs])


@dataclass
class Results:
    path: str
    scenario: str
    lines: list       # with at least one run that is done
    left_out: list    # (name, status, reason) of the others
    price_sheets: list
    axes: dict        # Axis by path
    cells: Cells

    @property
    def varied(self):
        """The axes with more than one value."""
        return {path: axis for path, axis in self.axes.items() if len(axis.values) > 1}

    @property
    def startup_known(self):
        """Start-up was recorded apart from training."""
        return all("startup_s" in run and "startup_usd" in run for line in self.lines for run in line.runs)

    @property
    def startup_matters(self):
        """Start-up takes at least a hundredth of the time or money of some line."""
        return self.startup_known and any(
            line.estimate(part).mean >= 0.01 * max(line.estimate(whole).mean, 1e-300)
            for line in self.lines for part, whole in (("startup_s", "simulated_s"), ("startup_usd", "cost_usd")))

    def origin(self, run):
        """Seconds from which charts over time count: the beginning of the training, where there is one."""
        return run["startup_s"] if self.startup_known and run["training_s"] > 0 else 0.0

    def phases(self, run):
        """The rows of table phases of a run."""
        return list(self.cells.rows("phases", ("actor", "actors", "phase", "exclusive_s", "startup_s"), run["run_id"]))

    def evaluations(self, run):
        """The rows of table evaluations of a run, in the order of simulated time."""
        return list(self.cells.rows("evaluations", ("actor", "round", "at_s", "loss", "accuracy"), run["run_id"]))

    def rounds(self, run):
        return list(self.cells.rows("rounds", ("round", "start_s", "end_s", "participants"), run["run_id"]))

    def faults(self, run):
        return list(self.cells.rows("faults", ("actor", "kind", "at_s"), run["run_id"]))


def open_results(path, shown=lambda name: name):
    """The runs of a results file. Names pass through `shown`. Raises BadFile."""
    try:
        return _read(path, Cells(path, _connect(path), shown), shown)
    except Damaged as error:
        raise BadFile(str(error)) from None


def _connect(path):
    if not os.path.exists(path):
        raise BadFile(f"{path}: no such file")
    if os.path.isdir(path):
        raise BadFile(f"{path}: a folder, not a results file")
    # Read-only first; a file that a killed program left half written needs one writable opening to be put in order. The last:
    # a file with no log beside it where nobody can make one.
    modes = ["mode=ro", "mode=rw"] + ([] if os.path.exists(f"{path}-wal") else ["mode=ro&immutable=1"])
    for mode in modes:
        connection = None
        try:
            connection = sqlite3.connect(f"file:{_quoted(path)}?{mode}", uri=True, timeout=30)
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            break
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if mode == modes[-1] or "not a database" in str(error):
                raise BadFile(f"{path}: not a results file ({error})") from None
    if application != APPLICATION_ID:
        raise BadFile(f"{path}: not a results file of windtunnel")
    if version != SCHEMA_VERSION:
        raise BadFile(f"{path}: results of version {version}, these charts read version {SCHEMA_VERSION}; "
                      "run the scenario again")
    return connection


def _quoted(path):
    return os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _read(path, cells, shown):
    typed = {}
    for row in cells.rows("sweep_values", ("run_id", "path", "value"), order="run_id, n"):
        typed.setdefault(row["run_id"], {})[row["path"]] = row["value"]
    groups = {}
    for run in cells.runs():
        for part, whole in (("s", "simulated_s"), ("usd", "cost_usd")):
            if f"startup_{part}" in run:
                run.setdefault(f"training_{part}", run[whole] - run[f"startup_{part}"])
        groups.setdefault(run["point"], []).append(run)
    if not groups:
        raise BadFile(f"{path}: holds no runs yet")
    axes = _axes(groups, typed, cells, shown)
    lines = {}
    for point, runs in groups.items():
        values = {p: v for p, v in typed.get(runs[0]["run_id"], {}).items() if p in axes}
        lines[point] = _named(runs[0], values, axes)
        lines[point].runs = [run for run in runs if run["status"] == "done"]
    left_out = [(lines[point].name, runs[0]["status"], runs[0]["reason"])
                for point, runs in groups.items() if not lines[point].runs]
    every = [run for runs in groups.values() for run in runs]
    return Results(path=path, scenario=every[0]["scenario"], lines=[line for line in lines.values() if line.runs],
                   left_out=left_out, price_sheets=sorted({run["price_sheet"] for run in every}), axes=axes, cells=cells)


def _axes(groups, typed, cells, shown):
    """The axes, of the points that have a run which is done."""
    meanings = {}
    for runs in groups.values():
        values = typed.get(runs[0]["run_id"], {})
        if not any(run["status"] == "done" for run in runs):
            continue
        settings = _settings(cells, runs[0]) if any(v not in meanings.get(p, {}) for p, v in values.items()) else {}
        for path, value in values.items():
            meanings.setdefault(path, {}).setdefault(value, canonical(settings, path))
    return {path: Axis(path, values, shown) for path, values in meanings.items()}


def _settings(cells, run):
    try:
        return json.loads(cells.text("runs", run["run_id"], "scenario_json"))
    except ValueError:
        return {}


def _named(run, values, axes):
    words = [run["variant"]] if run["variant"] else []
    words += [axes["architecture"].label(values["architecture"])] if "architecture" in values else []
    title = ", ".join(words) or run["scenario"]
    words += [f"{axes[path].name} {axes[path].label(value)}" for path, value in values.items() if path != "architecture"]
    return Line(", ".join(words) or run["scenario"], title, run["variant"], values)
