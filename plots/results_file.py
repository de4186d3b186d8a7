"""Reads a results file: the runs, grouped into the lines of the comparison, and the curves that belong to them.

Everything a chart shows comes from this one SQLite file; its table `columns` documents it.
"""

import math
import os
import re
import sqlite3
from dataclasses import dataclass, field

APPLICATION_ID = 0x57544E4C
SCHEMA_VERSION = 3

# Two-sided 95 % quantiles of Student's t by degrees of freedom; beyond the table the next smaller entry is on the safe side.
T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 11: 2.201,
         12: 2.179, 13: 2.160, 14: 2.145, 15: 2.131, 16: 2.120, 17: 2.110, 18: 2.101, 19: 2.093, 20: 2.086, 25: 2.060,
         30: 2.042, 40: 2.021, 60: 2.000, 120: 1.980}


class BadFile(Exception):
    """The file is not one that can be drawn; the message says why. `code` is the exit code."""

    def __init__(self, message, code=2):
        super().__init__(message)
        self.code = code


@dataclass
class Estimate:
    """Mean of the replications and half the width of its 95 % confidence interval (0 where there is one run only)."""

    mean: float
    half_width: float = 0.0

    @staticmethod
    def of(values):
        values = [v for v in values if v is not None and not math.isnan(v)]
        n = len(values)
        if n == 0:
            return Estimate(math.nan)
        mean = sum(values) / n
        if n == 1 or math.isinf(mean):
            return Estimate(mean)
        t = T_975[max(d for d in T_975 if d <= n - 1)]
        s = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
        return Estimate(mean, t * s / math.sqrt(n))


@dataclass
class Line:
    """One point of the scenario: its runs that are done, and what they came to."""

    name: str    # in full: `spirt, function memory 512 MB`
    title: str   # variant and swept architecture, where there are such; else the scenario
    variant: str
    axes: dict   # value by path
    runs: list = field(default_factory=list)

    def estimate(self, column):
        return Estimate.of([run[column] for run in self.runs])


@dataclass
class Results:
    path: str
    scenario: str
    lines: list       # with at least one run that is done
    left_out: list    # (name, status, reason) of the others
    replications: int
    price_sheets: list
    connection: sqlite3.Connection

    @property
    def axes(self):
        """Path of each sweep axis with its values: numbers in rising order, words in the order of the scenario."""
        axes = {}
        for line in self.lines:
            for path, value in line.axes.items():
                axes.setdefault(path, {})[value] = None
        return {path: sorted(values, key=dict(zip(values, numbers(values) or range(len(values)))).get)
                for path, values in axes.items()}

    def phases(self, run):
        """The rows of table phases of a run."""
        return self.connection.execute("SELECT * FROM phases WHERE run_id = ?", (run["run_id"],)).fetchall()

    def evaluations(self, line):
        """For each run of the line its (seconds, accuracy) after each evaluated round, the mean over the models."""
        curves = []
        for run in line.runs:
            rows = self.connection.execute(
                "SELECT max(at_s), avg(accuracy) FROM evaluations WHERE run_id = ? AND accuracy IS NOT NULL "
                "GROUP BY round ORDER BY round", (run["run_id"],)).fetchall()
            if rows:
                curves.append([tuple(row) for row in rows])
        return curves


def open_results(path):
    """The runs of a results file. Raises BadFile."""
    if not os.path.exists(path):
        raise BadFile(f"{path}: no such file", 3)
    if os.path.isdir(path):
        raise BadFile(f"{path}: a folder, not a results file")
    # Read-only first; a file that a killed program left half written needs one writable opening to be put in order.
    for mode in ("ro", "rw"):
        connection = sqlite3.connect(f"file:{_quoted(path)}?mode={mode}", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            break
        except sqlite3.DatabaseError as error:
            connection.close()
            if mode == "rw" or "not a database" in str(error):
                raise BadFile(f"{path}: not a results file ({error})") from None
    if application != APPLICATION_ID:
        raise BadFile(f"{path}: not a results file of windtunnel")
    if version != SCHEMA_VERSION:
        raise BadFile(f"{path}: results of version {version}, these charts read version {SCHEMA_VERSION}; "
                      "run the scenario again")
    try:
        return _read(path, connection)
    except sqlite3.DatabaseError as error:
        raise BadFile(f"{path}: damaged: {error}") from None


def short(path):
    """`cloud.function.memory` → `function memory`: the last two words say enough."""
    return " ".join(path.split(".")[-2:]).replace("_", " ")


def numbers(values):
    """The values as numbers when all are numbers in one unit, else None."""
    matches = [re.fullmatch(r"\s*(-?[0-9.eE+-]+)\s*([A-Za-z/%]*)\s*", value) for value in values]
    if not all(matches) or len({match[2] for match in matches}) > 1:
        return None
    try:
        return [float(match[1]) for match in matches]
    except ValueError:
        return None


def unit(values):
    """The unit of values that are numbers; empty when they are plain."""
    return re.fullmatch(r".*?([A-Za-z/%]*)\s*", values[0])[1]


def compact(value):
    """`{parameter_server: {checkpoint_every: 5}}` → `parameter_server checkpoint_every 5`."""
    return " ".join(value.translate(str.maketrans("{}:", "   ")).split())


def _named(run, axes):
    words = [run["variant"]] if run["variant"] else []
    words += [compact(axes["architecture"])] if "architecture" in axes else []
    title = ", ".join(words) or run["scenario"]
    words += [f"{short(path)} {compact(value)}" for path, value in axes.items() if path != "architecture"]
    return Line(", ".join(words) or run["scenario"], title, run["variant"], axes)


def _quoted(path):
    return os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _read(path, connection):
    axes = {}
    for row in connection.execute("SELECT run_id, path, value FROM sweep_values ORDER BY run_id, n"):
        axes.setdefault(row["run_id"], {})[row["path"]] = row["value"]
    lines, groups = {}, {}
    for run in connection.execute("SELECT * FROM runs ORDER BY point, replication"):
        groups.setdefault(run["point"], []).append(run)
        if run["point"] not in lines:
            lines[run["point"]] = _named(run, axes.get(run["run_id"], {}))
        if run["status"] == "done":
            lines[run["point"]].runs.append(run)
    if not groups:
        raise BadFile(f"{path}: holds no runs yet")
    left_out = [(lines[point].name, runs[0]["status"], runs[0]["reason"])
                for point, runs in groups.items() if not lines[point].runs]
    every = [run for runs in groups.values() for run in runs]
    return Results(path=path, scenario=every[0]["scenario"], lines=[line for line in lines.values() if line.runs],
                   left_out=left_out, replications=max(len(runs) for runs in groups.values()),
                   price_sheets=sorted({run["price_sheet"] for run in every}), connection=connection)
