"""On demand (WINDTUNNEL_LONG_TESTS=1): 2,000 damaged scenarios through the whole program, and ten rounds of kill -9 on a sweep.
Neither may crash, hang, blame the program, or lose a finished run. Not checked here: what messages say, and the loader alone,
which tests/scenario/mutation_test.cpp damages in every run."""

import random

from program import *  # noqa: F403

PIECES = ["{", "}", "[", "]", ": ", "- ", "\n", "\n  ", "#", "&a ", "*a ", "!", '"', "'", "|", "null", "-1", "0", "1e308", "5 s", ".nan",
          "\t", "sweep:", "variants:", "é", "9999999999", "1e-9", "100000", "\x00", "\x1b[2J", "spirt", "krum", "300 MB"]


def mutated(text, others, chance):
    for _ in range(chance.randint(1, 3)):
        at, length = chance.randrange(len(text) + 1), chance.randrange(20)
        kind = chance.randrange(4)
        if kind == 0:
            text = text[:at] + text[at + length:]
        elif kind == 1:
            text = text[:at] + chance.choice(PIECES) + text[at + length % 4:]
        elif kind == 2:
            digits = [i for i, c in enumerate(text) if c.isdigit()]
            if digits:
                at = chance.choice(digits)
                text = text[:at] + chance.choice(["0", "7", "99", "1e6", "-3"]) + text[at + 1:]
        else:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            text = text[:at] + other[start:start + 60] + text[at:]
    return text


@unittest.skipUnless(os.environ.get("WINDTUNNEL_LONG_TESTS"), "on demand: WINDTUNNEL_LONG_TESTS=1")
class Endurance(Case):
    FILES = int(os.environ.get("WINDTUNNEL_MUTATIONS", "2000"))

    def test_damaged_scenarios(self):
        originals = [file.read_text() for file in sorted(SMOKE.glob("*.yaml"))]
        others = originals + [file.read_text() for file in sorted((HOME / "scenarios" / "invalid").glob("*.yaml"))]
        chance, codes = random.Random(14), {}
        for n in range(self.FILES):
            text = mutated(chance.choice(originals if n % 2 else others), others, chance)
            file, out = self.folder / "mutated.yaml", self.folder / "out"
            file.write_bytes(text.encode())
            process = subprocess.Popen(command("run", file, "--out", out, "--force", "--no-charts", "--set", "limits.wall_clock=3 s",
                                               "--detail", "summary"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            try:
                _, errors = process.communicate(timeout=20)
            except subprocess.TimeoutExpired:  # a large job is none the worse for it, if it can be ended
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=20)
                self.assertEqual(process.returncode, 130, text)
            codes[process.returncode] = codes.get(process.returncode, 0) + 1
            self.assertIn(process.returncode, (0, 1, 2, 3, 130), f"file {n}: {text}\n{errors[-2000:]!r}")
            for wrong in (b"bug of Windtunnel", b"terminate called", b"\x1b"):
                self.assertNotIn(wrong, errors, f"file {n}: {text}")
        print("exit codes:", codes)
        self.assertGreater(codes[0], self.FILES // 50)
        self.assertGreater(codes[2], self.FILES // 5)

    def test_ten_kills_lose_nothing(self):
        whole, broken, more = self.folder / "whole", self.folder / "broken", ("--set", "sweep.replications=80", "--jobs", "2")
        lines = run_json(SMOKE / "sweep.yaml", "--out", whole, *more)
        results, stored, killed, chance = broken / "results.sqlite", 0, 0, random.Random(14)
        for _ in range(10):
            process = subprocess.Popen(command("run", SMOKE / "sweep.yaml", "--out", broken, *more, "--no-charts", "--quiet"),
                                       stdout=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.05, 0.5))
            process.kill()
            killed += process.wait() == -signal.SIGKILL
            now = len(table(results, "runs")) if results.exists() and "runs" in tables(results) else 0
            self.assertGreaterEqual(now, stored)
            stored = now
        self.assertGreater(killed, 4, "of ten, the others were through before")
        self.assertGreater(stored, 0)
        self.assertEqual(run_json(SMOKE / "sweep.yaml", "--out", broken, *more), lines)
        for name in tables(whole / "results.sqlite"):
            self.assertEqual(table(results, name), table(whole / "results.sqlite", name), name)


if __name__ == "__main__":
    unittest.main()
