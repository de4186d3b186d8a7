"""What results may be believed: which runs a file takes up and which it refuses, how a run that goes wrong ends, and bills that
are audited. Not checked here: the tables themselves (tests/experiment), the models' prices (tests/models)."""

import shutil

from program import *  # noqa: F403

AUDIT = HOME / "tests" / "audit" / "audit.py"
MINIMAL = "name: x\nrounds: 2\nworkers: 2\nlearning: quadratic\n"
SWEEP = MINIMAL + "sweep: {replications: 2, axes: {cloud.function.memory: [1024 MB, 1769 MB]}}\n"
CRASH_OF_ALL = "faults: {crashes: [{target: worker, at_round: %d}]}\n"


class Identity(Case):
    def refused(self, *words):
        done = run("run", *words, "--no-charts")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("--force", done.stderr)
        return done.stderr

    def test_changed_settings_are_named(self):
        file, out = self.scenario(MINIMAL), self.folder / "out"
        run_json(file, "--out", out)
        errors = self.refused(file, "--out", out, "--set", "rounds=3", "--set", "cloud.function.memory=1024 MB")
        self.assertIn("rounds: 2 there, 3 here", errors)
        self.assertIn("cloud.function.memory: 1769 MB there, 1024 MB here", errors)
        self.assertIn("seed: 1 there, 5 here", self.refused(file, "--out", out, "--seed", "5"))

    def test_changed_prices_data_and_program_are_named(self):
        file, out = self.scenario(MINIMAL), self.folder / "out"
        for column, named in (("price_sheet_hash", "price sheet"), ("data_hash", "data files"),
                              ("program_build", "sources of the program")):
            lines = run_json(file, "--out", out, "--force")
            self.assertEqual(run_json(file, "--out", out), lines)
            with sqlite3.connect(out / "results.sqlite") as db:
                db.execute(f"UPDATE runs SET {column} = 'another'")
            errors = self.refused(file, "--out", out)
            self.assertIn(named, errors)
            self.assertIn("another there", errors)

    def test_the_program_and_the_data_are_in_the_file(self):
        out = self.folder / "out"
        run_json(SMOKE / "redis.yaml", "--out", out)
        with sqlite3.connect(out / "results.sqlite") as db:
            build, sheet = db.execute("SELECT program_build, price_sheet_hash FROM runs").fetchone()
        self.assertRegex(build, "^[0-9a-f]{16}$")
        self.assertRegex(sheet, "^[0-9a-f]{16}$")
        self.assertIn(build, run("version").stdout)

    def test_data_that_change_meanwhile_are_named(self):
        data = self.folder / "data"
        shutil.copytree("/usr/share/datasets/fashion-mnist", data)
        out = self.folder / "out"
        file = self.scenario(f"rounds: 2\nworkers: 2\nlearning: {{torch: {{dataset: {{fashion_mnist: {{path: {data}}}}}, network: mlp}}}}\n"
                             "sweep: {replications: 60}\n")
        child = subprocess.Popen(command("run", file, "--jobs", 1, "--out", out, "--no-charts"), stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.kill)

        def stored():
            try:
                return len(table(out / "results.sqlite", "runs"))
            except sqlite3.OperationalError:
                return 0
        wait_for(stored)
        os.utime(data / "t10k-labels-idx1-ubyte.gz")
        errors = child.communicate()[1]
        self.assertEqual(child.returncode, 2, errors)
        self.assertIn("t10k-labels-idx1-ubyte.gz: was changed while", errors)
        self.assertTrue(0 < stored() < 60, "what was finished is kept")

    def test_a_sweep_that_grows_keeps_what_is_there(self):
        grown, fresh = self.folder / "grown", self.folder / "fresh"
        small = self.scenario(SWEEP, "small.yaml")
        run_json(small, "--out", grown)
        before = {row[0]: row for row in table(grown / "results.sqlite", "runs")}
        large = ["--set", "sweep.replications=3", "--set",
                 "sweep.axes={cloud.function.memory: [512 MB, 1024 MB, 1769 MB]}"]
        run_json(small, *large, "--out", grown)
        run_json(small, *large, "--out", fresh)
        after = {row[0]: row for row in table(grown / "results.sqlite", "runs")}
        self.assertEqual({run_id: after[run_id] for run_id in before}, before)
        self.assertEqual(len(after), 9)

        def by_place(file):
            with sqlite3.connect(file) as db:
                return sorted(db.execute("SELECT point_label, replication, seed, trajectory_fingerprint, results_fingerprint, "
                                         "cost_usd FROM runs"))
        self.assertEqual(by_place(grown / "results.sqlite"), by_place(fresh / "results.sqlite"))
        with sqlite3.connect(grown / "results.sqlite") as db:
            points = db.execute("SELECT point, COUNT(*), COUNT(DISTINCT point_label) FROM runs GROUP BY point").fetchall()
        self.assertEqual([row[1:] for row in points], [(3, 1)] * 3)
        # What the file has and the scenario has not is not left in the table unnoticed.
        self.assertIn("does not have this run any longer", self.refused(small, "--out", grown))

    def test_another_variant_keeps_the_finished_ones(self):
        two = "variants:\n  - {name: a}\n  - {name: b, workers: 3}\n"
        out = self.folder / "out"
        first = run_json(self.scenario(MINIMAL + two), "--out", out)
        second = run_json(self.scenario(MINIMAL + two + "  - {name: c, workers: 4}\n"), "--out", out)
        self.assertEqual(second[:2], first)
        self.assertEqual([line["name"] for line in second], ["a", "b", "c"])

    def test_results_of_different_inputs_are_compared_only_when_that_is_said(self):
        file = self.scenario(MINIMAL)
        for name in ("a", "b"):
            run_json(file, "--out", self.folder / name)
        self.assertEqual(run("compare", self.folder / "a", self.folder / "b").returncode, 0)
        with sqlite3.connect(self.folder / "b" / "results.sqlite") as db:
            db.execute("UPDATE runs SET program_build = 'another'")
        done = run("compare", self.folder / "a", self.folder / "b")
        self.assertEqual(done.returncode, 2)
        self.assertIn("sources of the program", done.stderr)
        self.assertIn("sources of the program", run("compare", self.folder / "a", self.folder / "b", "--mixed").stdout)

    def test_stored_quantities_are_billed_under_another_sheet(self):
        """INIT of zip packages is free in the sheet of July 2025 and billed in that of August."""
        july, august = "aws-us-east-1-2025-07", "aws-us-east-1-2025-08"
        costs = {}
        for prices in (july, august):
            for detail in ("full", "summary"):
                out = self.folder / (prices + detail)
                run_json(SMOKE / "architectures.yaml", "--set", f"cloud.prices={prices}", "--out", out, "--detail", detail)
                for sheet in (july, august):
                    lines = json.loads(run("compare", out, "--prices", sheet, "--format", "json").stdout)
                    costs[prices, detail, sheet] = [line["cost_usd"] for line in lines]
        for detail in ("full", "summary"):
            for mine, theirs in zip(costs[july, detail, august], costs[august, detail, august]):
                self.assertAlmostEqual(mine, theirs, delta=1e-12)
            for mine, theirs in zip(costs[august, detail, july], costs[july, detail, july]):
                self.assertAlmostEqual(mine, theirs, delta=1e-12)
        self.assertLess(costs[july, "full", july][0], costs[july, "full", august][0])
        self.assertEqual(run("compare", self.folder / (july + "full"), "--prices", "nobody's").returncode, 2)


class Failures(Case):
    def ends(self, text, *words):
        """The comparison's lines, the exit code and the errors of runs that do not come to their end."""
        out = self.folder / f"out{len(list(self.folder.iterdir()))}"
        done = run("run", self.scenario(text), "--out", out, "--format", "json", "--no-charts", *words)
        return json.loads(done.stdout), done.returncode, done.stderr

    def test_a_run_that_did_not_do_its_rounds_is_not_done(self):
        text = "rounds: 10\nworkers: 4\narchitecture: spirt\nsweep: {replications: 10}\n" + CRASH_OF_ALL % 0
        lines, code, errors = self.ends(text)
        self.assertEqual((code, lines[0]["status"], lines[0]["done"]), (1, "infeasible", 0))
        self.assertRegex(lines[0]["reason"], r"did 0 of 10 rounds|no (peer|worker) is left|crashed")
        self.assertIn("10 of 10 infeasible", run("compare", next(self.folder.glob("out*"))).stdout)

    def test_rounds_that_are_done_again_count_once(self):
        out = self.folder / "out"
        lines = {line["name"]: line for line in run_json(SMOKE / "faults.yaml", "--out", out)}
        crashed = lines["the server crashes and comes back"]
        with sqlite3.connect(out / "results.sqlite") as db:
            rows, = db.execute("SELECT COUNT(*) FROM rounds JOIN runs USING (run_id) WHERE variant = ?",
                               (crashed["name"],)).fetchone()
        self.assertGreater(rows, 12)
        for line in lines.values():
            self.assertEqual((line["rounds"], line["rounds_planned"]), (12, 12), line["name"])
        self.assertEqual(crashed["crashes"], 1)

    def test_reaching_the_target_is_being_done(self):
        lines = run_json(self.scenario(
            "workers: 2\nrounds: 50\nevaluate_every: 1\ntarget_accuracy: 0.2\narchitecture: parameter_server\n"
            "learning: {torch: {dataset: {synthetic: {train: 400, test: 100}}, network: mlp}}\n"), "--out", self.folder / "out")
        self.assertEqual(lines[0]["status"], "done")
        self.assertLess(lines[0]["rounds"], 50)

    def test_infeasible_runs_have_the_same_fingerprints_whatever_the_jobs(self):
        text = ("rounds: 30\nworkers: 3\nevaluate_every: 1\narchitecture: parameter_server\n"
                "learning: {quadratic: {dimension: 300000}}\nsweep: {replications: 3}\n" + CRASH_OF_ALL % 20)
        found = []
        for jobs in (1, 2):
            lines, code, _ = self.ends(text, "--jobs", str(jobs))
            self.assertEqual((code, lines[0]["status"]), (1, "infeasible"))
            out = max(self.folder.glob("out*"), key=lambda folder: folder.stat().st_mtime)
            with sqlite3.connect(out / "results.sqlite") as db:
                found.append(db.execute("SELECT trajectory_fingerprint, results_fingerprint, loss FROM runs").fetchall())
                lost, = db.execute("SELECT COUNT(*) FROM evaluations WHERE loss IS NULL").fetchone()
            self.assertEqual(lost, 0, "evaluations under way come to their end")
        self.assertEqual(*found)

    def test_one_point_that_goes_wrong_is_failed_and_the_sweep_goes_on(self):
        text = (MINIMAL + "architecture: centralized\nvariants:\n"
                "  - {name: beyond the clock, learning: {none: {sample_time: 3650 d}}, batch_size: 1000}\n  - {name: fine}\n")
        lines, code, errors = self.ends(text)
        self.assertEqual((code, [line["status"] for line in lines]), (1, ["failed", "done"]))
        self.assertIn("beyond the clock: failed: ", errors)
        self.assertIn("292 years", errors)

    def test_a_straggler_that_never_ends_is_refused(self):
        done = run("check", self.scenario(MINIMAL + "faults: {stragglers: [{worker: 1, factor: 1e15}]}\n"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("faults.stragglers.0.factor", done.stderr)

    # The published code polls without a pause, so without latency the clock stands still, and nothing even waits.
    ENDLESS = ("rounds: 2\nworkers: 2\narchitecture: {spirt: {fidelity: as_published}}\n"
               "faults: {stragglers: [{worker: 1, factor: 100}]}\n"
               "cloud: {queue: {latency: {constant: {value: 0 s}}}}\n")

    def test_a_clock_that_stands_still_is_a_failure(self):
        lines, code, errors = self.ends(self.ENDLESS, "--set", "limits.events_at_one_instant=200000")
        self.assertEqual((code, lines[0]["status"]), (1, "failed"), errors)
        self.assertIn("limits.events_at_one_instant", lines[0]["reason"])
        self.assertIn("the clock does not go on", lines[0]["reason"])

    def test_limits_of_events_and_of_time_on_this_machine(self):
        for limit in ("events=70000", "wall_clock=1 ns"):
            lines, code, _ = self.ends("rounds: 2000\nworkers: 8\n", "--set", "limits." + limit)
            self.assertEqual((code, lines[0]["status"]), (1, "failed"))
            self.assertIn("limits." + limit.split("=")[0], lines[0]["reason"])

    def test_one_ctrl_c_ends_a_run_that_never_ends(self):
        process = subprocess.Popen(command("run", self.scenario(self.ENDLESS), "--out", self.folder / "out", "--no-charts",
                                           "--set", "limits.events_at_one_instant=1000000000000"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        wait_for((self.folder / "out" / "results.sqlite").exists)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)

    def test_a_loss_that_diverged_is_told(self):
        file = self.scenario("rounds: 60\nworkers: 2\narchitecture: parameter_server\nlearning: quadratic\n"
                             "optimizer: {sgd: {learning_rate: 100}}\n")
        done = run("run", file, "--out", self.folder / "out", "--no-charts")
        self.assertIn("the loss diverged", done.stdout)


if __name__ == "__main__":
    unittest.main()
