"""The program under test, for the end-to-end tests: runs it, reads its results. Standard library only."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import closing
from pathlib import Path

PROGRAM = os.environ["WINDTUNNEL_PROGRAM"]
HOME = Path(os.environ["WINDTUNNEL_HOME"])
SMOKE = HOME / "scenarios" / "smoke"


def command(*words):
    return [PROGRAM, *map(str, words)]


def run(*words, env=None, timeout=300):
    """Runs the program to its end; standard output and error as text."""
    return subprocess.run(command(*words), capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **(env or {})}, check=False)


def run_json(*words, **more):
    done = run("run", *words, "--format", "json", "--no-charts", "--quiet", **more)
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"
    return json.loads(done.stdout)


def table(file, name):
    """All rows of a table, ordered by all columns."""
    with closing(sqlite3.connect(file)) as db:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
        return list(db.execute(f"SELECT * FROM {name} ORDER BY {', '.join(columns)}"))


def tables(file):
    with closing(sqlite3.connect(file)) as db:
        return sorted(row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wt-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def scenario(self, text, name="scenario.yaml"):
        file = self.folder / name
        file.write_text(text)
        return file


def wait_for(condition, seconds=60):
    """Polls until `condition()` is true; what it returned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("waited in vain")


__all__ = ["Case", "closing", "HOME", "PROGRAM", "SMOKE", "Path", "command", "json", "os", "run", "run_json", "signal", "sqlite3",
           "subprocess", "sys", "table", "tables", "time", "unittest", "wait_for"]
