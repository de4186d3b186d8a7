"""Every bill audited: all smoke and study scenarios, in full and as summaries, by a program that shares no code with ours
(tests/audit/audit.py); and that it finds what is wrong."""

from program import *  # noqa: F403

AUDIT = HOME / "tests" / "audit" / "audit.py"


def audit(out, *words):
    return subprocess.run([sys.executable, "-B", str(AUDIT), str(out), *words], capture_output=True, text=True, timeout=600,
                          check=False)


class Audit(Case):
    def agrees(self, file, *words):
        for detail in ("full", "summary"):
            with self.subTest(f"{file.name}, {detail}"):
                out = self.folder / f"{file.stem}-{detail}"
                done = run("run", file, "--out", out, "--detail", detail, "--no-charts", "--quiet", *words)
                self.assertIn(done.returncode, (0, 1), done.stderr)
                found = audit(out, "--windtunnel", PROGRAM)
                self.assertEqual(found.returncode, 0, found.stdout[-3000:] + found.stderr)
                self.assertIn(" 0 differences", found.stdout)

    def test_smoke(self):
        for file in sorted(SMOKE.glob("*.yaml")):
            self.agrees(file)

    def test_study(self):
        for file in sorted((HOME / "scenarios" / "study").glob("*.yaml")):
            self.agrees(file)

    def test_the_sheet_of_july_2025(self):
        self.agrees(SMOKE / "architectures.yaml", "--set", "cloud.prices=aws-us-east-1-2025-07")

    def test_it_finds_what_is_wrong(self):
        """One change of each table that it reads, each found."""
        changes = ["UPDATE ledger SET quantity = quantity * 1.000001 WHERE n = 0 AND run_id = 0",
                   "UPDATE ledger SET usd = usd * 1.000001 WHERE usd > 0 AND run_id = 0",
                   "UPDATE invocations SET billed_s = billed_s + 0.001 WHERE n = 1",
                   "UPDATE invocations SET memory_mb = memory_mb + 1 WHERE n = 1",
                   "UPDATE calls SET count = count + 1 WHERE n = 0",
                   "UPDATE requests SET count = count + 1 WHERE n = 0",
                   "UPDATE rentals SET released_s = released_s + 3600 WHERE n = 0",
                   "UPDATE workflow_runs SET transitions = transitions + 1 WHERE n = 0",
                   "UPDATE stored SET bytes = bytes + 1000000 WHERE n = 0",
                   "UPDATE runs SET cost_usd = cost_usd * 1.000001",
                   "UPDATE items SET quantity = quantity * 1.000001 WHERE n = 0",
                   "DELETE FROM ledger WHERE n = 0 AND run_id = 0"]
        out = self.folder / "out"
        run_json(SMOKE / "architectures.yaml", "--out", out, "--detail", "full")
        whole = (out / "results.sqlite").read_bytes()
        for change in changes:
            (out / "results.sqlite").write_bytes(whole)
            with sqlite3.connect(out / "results.sqlite") as db:
                self.assertGreater(db.execute(change).rowcount, 0, change)
            self.assertEqual(audit(out).returncode, 1, change)
        (out / "results.sqlite").write_text("nothing of the kind")
        self.assertEqual(audit(out).returncode, 2)


if __name__ == "__main__":
    unittest.main()
