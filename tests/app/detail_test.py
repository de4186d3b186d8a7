"""What a summary leaves out, and what it must not: its figures and times are those of full detail, and its memory does not grow
with the rounds. Not checked here: the sums themselves (tests/models)."""

import re

from program import *  # noqa: F403

ARCHITECTURES = ("spirt", "parameter_server", "centralized")
# Rounds that are done again long after, a worker that is down for many rounds, and crashes at any time.
FAULTS = """name: faults
workers: 4
rounds: 120
variants:
  - name: peers
    faults: {crashes: [{mean_time_between_failures: 2 min, recover_after: 20 s}]}
  - name: peer away
    faults: {crashes: [{target: worker, index: 2, at_round: 20, recover_after: 200 s}]}
  - name: server
    architecture: {parameter_server: {checkpoint_every: 50}}
    faults: {crashes: [{target: server, at_round: 90, recover_after: 30 s}, {mean_time_between_failures: 2 min, recover_after: 20 s}]}
  - name: worker away
    architecture: parameter_server
    faults: {crashes: [{target: worker, index: 1, at_round: 20, recover_after: 200 s}]}
  - name: one machine
    architecture: {centralized: {checkpoint_every: 50}}
    faults: {crashes: [{target: server, at_round: 90, recover_after: 30 s}]}
"""


def rows(file, query):
    with closing(sqlite3.connect(file)) as db:
        return db.execute(query).fetchall()


class Summary(Case):
    def both(self, file, *words):
        found = []
        for detail in ("full", "summary"):
            out = self.folder / detail
            run("run", file, "--out", out, "--detail", detail, "--no-charts", "--quiet", "--force", *words)
            found.append(out / "results.sqlite")
        return found

    def assert_same(self, full, summary):
        count, = rows(full, "SELECT COUNT(*) FROM runs")[0]
        self.assertGreater(count, 0)
        with closing(sqlite3.connect(full)) as db:
            columns = [row[1] for row in db.execute("PRAGMA table_info(runs)") if row[1] != "detail"]
        every = f"SELECT {', '.join(columns)} FROM runs ORDER BY run_id"  # the results fingerprint among them
        self.assertEqual(rows(full, every), rows(summary, every))
        for table_ in ("rounds", "evaluations", "faults", "calls", "stored", "items"):
            self.assertEqual(table(full, table_), table(summary, table_), table_)
        sums = "SELECT run_id, item, SUM(quantity), SUM(usd) FROM ledger GROUP BY 1, 2 ORDER BY 1, 2"
        for mine, theirs in zip(rows(full, sums), rows(summary, sums), strict=True):
            self.assertEqual(mine[:2], theirs[:2])
            self.assertAlmostEqual(mine[2], theirs[2], delta=1e-9 * mine[2])
            self.assertAlmostEqual(mine[3], theirs[3], delta=1e-9 * mine[3])

        def times(file):
            by_role = {}
            for run_id, actor, phase, *figures in rows(
                    file, "SELECT run_id, actor, phase, spans, total_s, exclusive_s, startup_s FROM phases"):
                role = by_role.setdefault((run_id, re.sub(r"\d+", "*", actor), phase), [0, 0, 0, 0])
                for i, figure in enumerate(figures):
                    role[i] += figure
            return by_role
        mine, theirs = times(full), times(summary)
        self.assertEqual(mine.keys(), theirs.keys())
        for key, figures in mine.items():
            for a, b in zip(figures, theirs[key]):
                self.assertAlmostEqual(a, b, delta=1e-6, msg=key)

    def test_figures_and_exclusive_times_are_those_of_full_detail(self):
        files = sorted(SMOKE.glob("*.yaml"))
        self.assertGreaterEqual(len(files), 5)
        for file in files:
            with self.subTest(file=file.name):
                self.assert_same(*self.both(file))

    def test_and_over_more_rounds_than_are_kept_with_crashes(self):
        full, summary = self.both(self.scenario(FAULTS))
        self.assert_same(full, summary)
        crashed = {name for name, in rows(full, "SELECT DISTINCT variant FROM runs JOIN faults USING (run_id) WHERE kind = 'crash'")}
        self.assertEqual(len(crashed), 5, "each variant has a crash")

    def test_its_memory_does_not_grow_with_the_rounds(self):
        """Eight peers, ten times the rounds: the peak was 1.8 to 8.5 times as high when each row was kept to the end."""
        for architecture in ARCHITECTURES:
            peaks = []
            for rounds in (2_000, 20_000):
                file = self.scenario(f"name: x\nworkers: 8\nrounds: {rounds}\nlearning: none\narchitecture: {architecture}\n")
                child = subprocess.Popen(command("run", file, "--out", self.folder / f"{architecture}{rounds}", "--detail", "summary",
                                                 "--quiet", "--no-charts"), stdout=subprocess.DEVNULL)
                _, status, used = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
                self.assertEqual(child.returncode, 0)
                peaks.append(used.ru_maxrss)
            self.assertLess(peaks[1], 1.6 * peaks[0], f"{architecture}: {peaks} KiB")


if __name__ == "__main__":
    unittest.main()
