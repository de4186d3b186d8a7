"""What a person sees at a terminal of 80 and of 200 columns, in tmux: the comparison, the progress, Ctrl-C, hostile names. Not
checked here: figures, and output that goes to a file (other tests). Skipped where there is no tmux."""

import shlex
import shutil

from program import *  # noqa: F403

class Screen:
    """A program in a tmux of its own, of a given size."""

    def __init__(self, case, words, columns, rows):
        self.socket = str(case.folder / f"tmux-{columns}-{rows}")
        case.addCleanup(self.tmux, "kill-server", check=False)
        quoted = " ".join(shlex.quote(str(word)) for word in command(*words))
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  f"{quoted}; echo \"code $?\"; sleep 1000")
        self.tmux("set-option", "-g", "history-limit", "50000")

    def tmux(self, *words, check=True):
        env = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        return subprocess.run(["tmux", "-u", "-S", self.socket, *words], capture_output=True, text=True, check=check, env=env).stdout

    def lines(self, history=False):
        text = self.tmux("capture-pane", "-p", *(["-S", "-"] if history else []))
        return text.rstrip("\n").split("\n")

    def ended(self):
        return [line for line in self.lines() if line.startswith("code ")]

    def wait(self):
        wait_for(self.ended, 120)
        return self.lines(history=True)


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
class Terminal(Case):
    def test_the_comparison_fits(self):
        for columns in (80, 200):
            out = self.folder / str(columns)
            screen = Screen(self, ["run", SMOKE / "architectures.yaml", "--out", out, "--no-charts"], columns, 40)
            lines = screen.wait()
            rule = [n for n, line in enumerate(lines) if line.startswith("──")]
            self.assertEqual(len(rule), 1)
            header, rows = lines[rule[0] - 1], lines[rule[0] + 1:]
            self.assertIn("simulated time", header)
            self.assertIn("cost USD", header)
            with closing(sqlite3.connect(out / "results.sqlite")) as db:
                names = [name for name, in db.execute("SELECT variant FROM runs ORDER BY run_id")]
            for name, row in zip(names, rows):  # a row each, none wrapped
                self.assertTrue(row.startswith(name[:9]), row)
            if columns == 80:
                self.assertRegex(rows[len(names)], r"^\(\d+ more columns: --wide\)$")
            self.assertIn("code 0", lines)

    def test_the_rest_on_request(self):
        out = self.folder / "out"
        run_json(SMOKE / "architectures.yaml", "--out", out)
        lines = Screen(self, ["compare", out, "--wide"], 500, 20).wait()
        self.assertIn("bytes moved", lines[0])
        self.assertEqual(lines[:5], run("compare", out).stdout.split("\n")[:5], "a file gets all of it")

    def test_progress_stays_within_the_screen_and_shows_the_accuracy(self):
        text = ("rounds: 20000\nevaluate_every: 1\nbatch_size: 8\nminibatches: 1\nsweep: {replications: 30}\n"
                "learning: {torch: {dataset: {synthetic: {train: 400, test: 50}}, network: mlp}}\n")
        for columns in (80, 200):
            screen = Screen(self, ["run", self.scenario(text), "--out", self.folder / str(columns), "--jobs", "30", "--no-charts"],
                            columns, 12)
            wait_for(lambda: [line for line in screen.lines() if " %" in line])
            time.sleep(3)
            lines = screen.lines(history=True)
            self.assertLessEqual(len(lines), 12, "nothing is scrolled away: " + "\n".join(lines))
            self.assertTrue([line for line in lines if "more under way" in line])
            self.assertTrue([line for line in lines if line.startswith("0 of 30 runs done")])
            running = [line for line in lines if "/20000" in line]
            self.assertGreater(len(running), 5)
            self.assertTrue(any(" %" in line and "$" in line for line in running), running)
            screen.tmux("send-keys", "C-c")
            lines = screen.wait()
            self.assertIn("windtunnel: stopping…; again to stop now", lines)
            self.assertIn("code 130", lines)
            self.assertFalse([line for line in lines if "──" in line], "no empty table")
            self.assertFalse([line for line in lines if "/20000" in line], "no torn line: " + "\n".join(lines))
            screen.tmux("kill-server", check=False)

    def test_names_are_never_obeyed(self):
        # YAML's "\e" is an escape; in the name of a variant it is refused, and the message does not obey it either.
        file = self.scenario('variants:\n  - {name: "a\\e[2Jb"}\n')
        lines = Screen(self, ["check", file], 80, 20).wait()
        self.assertIn("a\\x1b[2Jb", "".join(lines))
        self.assertIn("code 2", lines)
        bad = self.folder / "bad\x1b[31m.yaml"
        bad.write_text("rounds: 1\nworkers: 2\nlearning: none\n")
        for words in (["check", bad], ["run", bad, "--out", self.folder / "o\x1b]0;x\x07ut", "--no-charts"], ["flyx\x1b[2J"],
                      ["compare", "no\x1b[2Jfile"], ["list", "x\x1b[2J"], ["run", "--seed", "\x1b[2J", bad]):
            done = run(*words)
            self.assertNotIn("\x1b", done.stdout + done.stderr, words)
            self.assertNotIn("\x07", done.stdout + done.stderr, words)


if __name__ == "__main__":
    unittest.main()
