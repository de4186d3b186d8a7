"""Price sheets of one's own, from end to end. Not checked here: what a sheet may say (tests/models/prices_test.cpp)."""

import shutil

from program import *  # noqa: F403

MINIMAL = "rounds: 2\nworkers: 2\nlearning: quadratic\n"


class OwnPrices(Case):
    """A price sheet of the person's own."""

    SHIPPED = HOME / "scenarios" / "prices" / "aws-us-east-1-2025-08.yaml"

    def sheet(self, name, change=lambda text: text):
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(change(self.SHIPPED.read_text()))
        return file

    def test_by_path_or_beside_the_scenario(self):
        dear = lambda text: text.replace("usd: 0.20\n", "usd: 200000\n")  # noqa: E731  a request of Lambda, by the million
        self.sheet("dear.yaml", dear)
        self.sheet("sheets/dear.yaml", dear)
        usual = run_json(self.scenario(MINIMAL), "--out", self.folder / "usual")[0]
        for n, name in enumerate(("dear", "dear.yaml", "./dear.yaml", "sheets/dear.yaml", str(self.folder / "dear.yaml"))):
            file = self.scenario(MINIMAL + f"cloud: {{prices: {name}}}\n")
            line = run_json(file, "--out", self.folder / str(n))[0]
            self.assertEqual(line["price_sheet"], name)
            self.assertAlmostEqual(line["cost_usd"] - usual["cost_usd"], line["invocations"] * (0.2 - 0.2e-6), places=6)
        done = run("compare", self.folder / "usual", "--prices", self.folder / "dear.yaml", "--format", "json")
        self.assertAlmostEqual(json.loads(done.stdout)[0]["cost_usd"], line["cost_usd"], places=9)
        # A path on the command line counts from where one is.
        done = subprocess.run(command("run", self.scenario(MINIMAL), "--set", "cloud.prices=dear.yaml", "--format", "json",
                                      "--no-charts", "--out", "cwd"), cwd=self.folder / "sheets", capture_output=True, text=True)
        self.assertAlmostEqual(json.loads(done.stdout)[0]["cost_usd"], line["cost_usd"], places=9)
        self.sheet("dear.yaml")  # changed: these are other inputs
        done = run("run", self.scenario(MINIMAL + "cloud: {prices: dear}\n"), "--out", self.folder / "0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("price", done.stderr)

    def test_what_is_wrong_with_it_is_said(self):
        for text, words in ((lambda t: t.replace("unit: GB-s", "unit: parsec", 1), ["own.yaml:", 'unknown unit "parsec"', "GB-s"]),
                            (lambda t: t.replace("unit: hour", "unit: second", 1), ["own.yaml:", 'unknown unit "second"', "hour"]),
                            (lambda t: t.replace("  sqs.requests:", "  sqs.request:"), ["sqs.requests"]),
                            (lambda t: t.replace("  lambda.requests:", "  lambda.requets:"), ["own", "lambda.requests"])):
            self.sheet("own.yaml", text)
            done = run("run", self.scenario(MINIMAL + "cloud: {prices: own}\n"), "--out", self.folder / "out", "--no-charts")
            self.assertEqual(done.returncode, 2, done.stderr)
            for word in words:
                self.assertIn(word, done.stderr)
        for name in ("nowhere/own.yaml", "owm", "."):
            done = run("check", self.scenario(MINIMAL + f"cloud: {{prices: {name}}}\n"))
            self.assertEqual(done.returncode, 2)
            self.assertIn("cloud.prices: ", done.stderr)
            self.assertIn("price sheet", done.stderr)

    def test_it_is_read_once_for_all_runs(self):
        """Edited, or broken, while its sweep is under way: the runs after that were of other prices than those before."""
        dear = lambda text: text.replace("usd: 0.20\n", "usd: 200000\n")  # noqa: E731
        for n, change in enumerate((dear, lambda text: "provider: [\n")):
            self.sheet("own.yaml")
            out = self.folder / f"out{n}"
            file = self.scenario("rounds: 300\nworkers: 8\ncloud: {prices: own}\nsweep: {replications: 40}\n")
            child = subprocess.Popen(command("run", file, "--jobs", 1, "--out", out, "--no-charts", "--quiet", "--detail", "summary"),
                                     stdout=subprocess.DEVNULL)
            self.addCleanup(child.kill)

            def stored():
                try:
                    return len(table(out / "results.sqlite", "runs"))
                except sqlite3.OperationalError:
                    return 0
            wait_for(stored)
            self.sheet("own.yaml", change)
            self.assertLess(stored(), 30, "the sheet was changed in time")
            self.assertEqual(child.wait(), 0)
            with closing(sqlite3.connect(out / "results.sqlite")) as db:
                runs, sheets, dearest = db.execute("SELECT COUNT(*), COUNT(DISTINCT price_sheet_hash), MAX(cost_usd) FROM runs").fetchone()
            self.assertEqual((runs, sheets), (40, 1))
            self.assertLess(dearest, 100)

    def test_a_broken_sheet_does_not_break_the_list(self):
        home = self.folder / "home"
        (home / "scenarios").mkdir(parents=True)
        shutil.copytree(HOME / "scenarios" / "prices", home / "scenarios" / "prices")
        (home / "scenarios" / "prices" / "broken.yaml").write_text("provider: [\n")
        done = run("list", "prices", env={"WINDTUNNEL_HOME": str(home)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"broken +cannot be used: .*broken\.yaml:")
        self.assertIn("aws-us-east-1-2025-08  aws us-east-1", done.stdout)


if __name__ == "__main__":
    unittest.main()
