"""Results files that something has damaged: every table and column taken away, and every cell filled with what does not belong
there. Each command says what is wrong, or shows what there is; none crashes, hangs, or calls it a bug of its own. Not checked
here: pages of the file overwritten (tests/experiment/results_test.cpp), and what charts say of cells (plots_test.py)."""

import shutil

from program import *  # noqa: F403

SCENARIO = ("rounds: 3\narchitecture: parameter_server\nlearning: quadratic\nsweep: {replications: 2, axes: {workers: [2, 3]}}\n"
            "faults: {crashes: [{index: 1, at_round: 1, recover_after: 5 s}]}\n")
ODD = ("NULL", "'text'", "-1", "1e300", "x'00ff00'", "''", "9223372036854775807")


class Damage(Case):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"
        self.file = self.scenario(SCENARIO)
        run_json(self.file, "--out", self.out, "--detail", "full")
        self.whole = self.folder / "whole.sqlite"
        shutil.copy(self.out / "results.sqlite", self.whole)

    def columns(self):
        with closing(sqlite3.connect(self.whole)) as db:
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in db.execute(f"PRAGMA table_info({name})").fetchall():
                    yield name, row[1]

    def look(self, what, *more):
        for words in (["compare", self.out], ["compare", self.out, "--prices", "aws-us-east-1-2025-07"],
                      ["trace", self.out, "--run", "0"], ["run", self.file, "--out", self.out, "--no-charts"], *more):
            done = run(*words, timeout=60)
            self.assertIn(done.returncode, (0, 1, 2, 3), (what, words, done.stderr))
            for wrong in ("bug of Windtunnel", "Traceback", "terminate called", "SQLite error"):
                self.assertNotIn(wrong, done.stderr, (what, words))
            if done.returncode == 2:
                self.assertRegex(done.stderr, "results.sqlite|price sheet", (what, words))

    def damaged(self, *statements):
        shutil.copy(self.whole, self.out / "results.sqlite")
        with closing(sqlite3.connect(self.out / "results.sqlite")) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()

    def test_a_table_is_missing(self):
        for name in sorted({table for table, _ in self.columns()}):
            self.damaged(f"DROP TABLE {name}")
            self.look(name, ["plot", self.out])

    def test_a_column_is_missing(self):
        for name, column in self.columns():
            self.damaged(f"ALTER TABLE {name} RENAME COLUMN {column} TO something_else")
            self.look(f"{name}.{column}")

    def test_a_cell_holds_what_does_not_belong_there(self):
        # Some of them each time; WINDTUNNEL_LONG_TESTS=1: all, in some minutes.
        every = [(table, column, value) for table, column in self.columns() for value in ODD]
        if not os.environ.get("WINDTUNNEL_LONG_TESTS"):
            every = every[::17]
        for name, column, value in every:
            try:
                self.damaged(f"UPDATE OR REPLACE {name} SET {column} = {value}")
            except sqlite3.Error:  # NOT NULL
                continue
            self.look((name, column, value))


if __name__ == "__main__":
    unittest.main()
