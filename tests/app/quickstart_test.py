"""The README's first example, whole: accuracy with and without a Byzantine peer, time limit, charts. Needs the Fashion-MNIST package;
the launcher installs it, so a machine without it fails here."""

from program import *  # noqa: F403


class Quickstart(Case):
    def test_accuracies_and_charts(self):
        out = self.folder / "out"
        done = run("run", HOME / "scenarios" / "quickstart.yaml", "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        charts = [line.split("chart: ")[1] for line in done.stdout.splitlines() if line.startswith("chart: ")]
        self.assertGreaterEqual(len(charts), 2)
        for chart in charts:
            self.assertGreater(Path(chart).stat().st_size, 10000, chart)
        accuracy = {line["name"]: line["accuracy"] for line in json.loads(run("compare", out, "--format", "json").stdout)}
        for name in ("SPIRT", "parameter server", "one machine"):
            self.assertGreaterEqual(accuracy[name], 0.85, name)
        self.assertGreater(accuracy["SPIRT, one Byzantine, MeaMed"], accuracy["SPIRT"] - 0.03)
        self.assertLess(accuracy["SPIRT, one Byzantine, mean"], 0.30)


if __name__ == "__main__":
    unittest.main()
