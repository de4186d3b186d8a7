"""Rows of a results file, each cell of the type and in the range that its column promises."""

import math
import sqlite3


class Damaged(Exception):
    """A table or a cell is not what the schema says; the message says which."""


# Column → what it holds. Others are found by the ending of their name: _s, _usd.
_WHOLE = {"run_id", "point", "replication", "round", "actors", "participants"}
_FIGURES = {"accuracy", "loss", "time_to_target_s", "cost_to_target_usd"}  # NaN where there is none
_OPTIONAL = _FIGURES | {"round"}
_TEXTS = {"scenario", "variant", "architecture", "price_sheet", "status", "reason", "actor", "phase", "kind", "path", "value"}
_NAMES = {"scenario", "variant", "reason", "actor", "phase", "kind", "price_sheet"}  # drawn
_LONGEST_S = 1e10  # the clock ends after 292 years
_MOST_USD = 1e18


class Cells:
    def __init__(self, path, connection, shown):
        self.path = path
        self._connection = connection
        self._shown = shown
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")

    def rows(self, table, columns, run_id=None, order="n"):
        """Rows as dictionaries of these columns, of one run or of all."""
        where = "" if run_id is None else f" WHERE run_id = {int(run_id)}"
        for row in self._query(f"SELECT * FROM {table}{where} ORDER BY {order}"):
            yield {column: self._cell(table, row, column) for column in columns}

    def runs(self):
        """The rows of table runs in the order of the comparison: names, and every figure in seconds or dollars."""
        wanted = ("run_id", "point", "replication", "scenario", "variant", "price_sheet", "status", "reason", "accuracy", "loss")
        for row in self._query("SELECT * FROM runs ORDER BY point, replication"):
            figures = [column for column in row.keys() if column.endswith(("_s", "_usd"))]
            missing = {"simulated_s", "cost_usd"} - set(figures)
            if missing:
                raise Damaged(f"{self.path}: damaged: table runs has no column {min(missing)}")
            yield {column: self._cell("runs", row, column) for column in (*wanted, *figures)}

    def text(self, table, run_id, column):
        """One cell as it is."""
        for row in self._query(f"SELECT {column} FROM {table} WHERE run_id = {int(run_id)}"):
            return row[0] if isinstance(row[0], str) else ""
        return ""

    def _query(self, sql):
        try:
            yield from self._connection.execute(sql)
        except sqlite3.Error as error:
            raise Damaged(f"{self.path}: damaged: {error}") from None

    def _cell(self, table, row, column):
        if column not in row.keys():
            raise Damaged(f"{self.path}: damaged: table {table} has no column {column}")
        value = row[column]
        fault = _fault(column, value)
        if fault:
            keys = row.keys()
            where = f" of run {row['run_id']!r}" if "run_id" in keys else ""
            where += f", row {row['n']!r}" if "n" in keys else ""
            raise Damaged(f"{self.path}: damaged: {table}.{column}{where}: {str(value)[:60]!r} is {fault}")
        if column in _NAMES:
            return self._shown(value)
        if value is None and column in _FIGURES:
            return math.nan
        return value


def _fault(column, value):
    """What is wrong with the value of a column; empty when nothing is."""
    if value is None:
        return "" if column in _OPTIONAL else "empty"
    if column in _TEXTS:
        return "" if isinstance(value, str) else "no text"
    if isinstance(value, (str, bytes)):
        return "no number"
    if column in _WHOLE:
        return "" if isinstance(value, int) else "no whole number"
    if column == "loss":
        return ""
    if not math.isfinite(value):
        return "not finite"
    low, high = (0, 1) if column == "accuracy" else (0, _MOST_USD if column.endswith("_usd") else _LONGEST_S)
    return "" if low <= value <= high else f"not within {low} and {high:g}"
