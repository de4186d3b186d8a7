"""Runs from end to end: every smoke scenario, determinism, totals, killing and resuming a sweep, tensors in a live Redis.
Not checked here: single rooms (their own tests), and the quickstart with its 60,000 images (tests/app/quickstart_test.py)."""

from program import *  # noqa: F403


class Smoke(Case):
    def test_every_smoke_scenario_comes_to_its_end(self):
        files = sorted(SMOKE.glob("*.yaml"))
        self.assertGreaterEqual(len(files), 5)
        for file in files:
            with self.subTest(file.name):
                for line in run_json(file, "--out", self.folder / file.stem):
                    self.assertEqual(line["status"], "done")
                    self.assertGreater(line["simulated_s"], 0)
                    self.assertGreater(line["cost_usd"], 0)

    def test_byzantine(self):
        loss = {line["name"]: line["loss"] for line in run_json(SMOKE / "byzantine.yaml", "--out", self.folder / "out")}
        for rule in ("median", "trimmed mean", "krum", "meamed", "krum against noise"):
            self.assertLess(loss[rule] * 10, loss["mean"], rule)


class Deterministic(Case):
    def fingerprints(self, out, *more):
        return [(line["trajectory_fingerprint"], line["results_fingerprint"])
                for line in run_json(SMOKE / "redis.yaml", "--out", self.folder / out, *more)]

    def test_same_seed_same_fingerprints_whatever_the_jobs(self):
        one = self.fingerprints("a", "--jobs", "1")
        self.assertEqual(self.fingerprints("b", "--jobs", "1"), one)
        self.assertEqual(self.fingerprints("c", "--jobs", "2"), one)
        other = self.fingerprints("d", "--seed", "2")
        for mine, its in zip(one, other):
            self.assertNotEqual(mine[0], its[0])
            self.assertNotEqual(mine[1], its[1])

    def test_where_the_tensors_are_changes_nothing(self):
        lines = {line["name"]: line for line in run_json(SMOKE / "redis.yaml", "--out", self.folder / "out")}
        spirt = lines["spirt"]
        for name in ("a server per peer", "in process"):
            for key in ("loss", "accuracy", "trajectory_fingerprint", "results_fingerprint"):
                self.assertEqual(lines[name][key], spirt[key], (name, key))
        newcomer = lines["a newcomer"]
        for key in ("loss", "accuracy", "trajectory_fingerprint", "results_fingerprint"):
            self.assertEqual(lines["a newcomer, in process"][key], newcomer[key], key)
        self.assertNotEqual(newcomer["loss"], spirt["loss"])
        for name in ("parameter server", "one machine"):
            self.assertAlmostEqual(lines[name]["loss"], spirt["loss"], delta=1e-5 * spirt["loss"])


class Totals(Case):
    def test_the_comparison_is_the_sum_of_the_file(self):
        out = self.folder / "out"
        lines = run_json(SMOKE / "architectures.yaml", "--out", out)
        with sqlite3.connect(out / "results.sqlite") as db:
            ids = {name: run_id for run_id, name in db.execute("SELECT run_id, variant FROM runs")}
            self.assertEqual(len(ids), len(lines))
            for line in lines:
                run_id = ids[line["name"]]
                charges = list(db.execute("SELECT service, usd FROM ledger WHERE run_id = ?", (run_id,)))
                self.assertAlmostEqual(sum(usd for _, usd in charges), line["cost_usd"], places=9)
                for service, usd in line["cost_by_service"].items():
                    self.assertAlmostEqual(sum(u for s, u in charges if s == service), usd, places=9)
                moved, = db.execute("SELECT SUM(bytes) FROM transfers WHERE run_id = ?", (run_id,)).fetchone()
                self.assertEqual(moved, line["bytes_moved"])
                end, = db.execute("SELECT MAX(end_s) FROM spans WHERE run_id = ?", (run_id,)).fetchone()
                self.assertLessEqual(end, line["simulated_s"] + 1e-9)
                rounds, = db.execute("SELECT COUNT(*) FROM rounds WHERE run_id = ?", (run_id,)).fetchone()
                self.assertEqual(rounds, line["rounds"])
                cold, = db.execute("SELECT COUNT(*) FROM invocations WHERE run_id = ? AND init_s > 0", (run_id,)).fetchone()
                self.assertEqual(cold, line["cold_starts"])


class Resume(Case):
    def test_a_killed_sweep_goes_on_and_ends_with_the_same_rows(self):
        whole, broken = self.folder / "whole", self.folder / "broken"
        lines = run_json(SMOKE / "sweep.yaml", "--out", whole, "--jobs", "2")
        self.assertEqual(len(lines), 20)
        words = command("run", SMOKE / "sweep.yaml", "--out", broken, "--jobs", "2", "--no-charts", "--quiet")
        results = broken / "results.sqlite"

        def stored():
            try:
                return len(table(results, "runs"))
            except sqlite3.OperationalError:
                return 0

        for share in (40, 100):  # killed twice: early, and about half-way
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for(lambda at_least=share: stored() >= at_least)
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.assertLess(stored(), 200, "the sweep was killed too late for this test to mean anything")
        self.assertEqual(run_json(SMOKE / "sweep.yaml", "--out", broken, "--jobs", "2"), lines)
        for name in tables(whole / "results.sqlite"):
            self.assertEqual(table(results, name), table(whole / "results.sqlite", name), name)
        self.assertEqual(len(table(results, "runs")), 200)


LONG = """
name: long
workers: 2
rounds: 100000
minibatches: 2
batch_size: 16
evaluate_every: 100000
learning: {torch: {dataset: {synthetic: {train: 400, test: 100}}, network: mlp}}
store: redis
"""


class LiveRedis(Case):
    def start(self):
        process = subprocess.Popen(command("run", self.scenario(LONG), "--out", self.folder / "out", "--no-charts"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        line = process.stderr.readline()
        self.assertIn("tensors in ", line)
        return process, line.split("tensors in ")[1].strip()

    @staticmethod
    def redis(socket, *words):
        return subprocess.run(["redis-cli", "-s", socket, *words], capture_output=True, text=True, timeout=30,
                              check=False).stdout

    def test_gradients_are_there_while_a_run_is_under_way(self):
        process, socket = self.start()
        keys = wait_for(lambda: [k for k in self.redis(socket, "KEYS", "*").split() if "gradient" in k])
        self.assertIn("peer-", " ".join(keys))
        self.assertTrue([k for k in self.redis(socket, "KEYS", "*").split() if k.endswith("model")])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertFalse(Path(socket).exists(), "the server and its folder end with the program")

    def test_a_killed_redis_ends_the_run_with_a_clear_error(self):
        process, socket = self.start()
        wait_for(lambda: "gradient" in self.redis(socket, "KEYS", "*"))
        pid = [l for l in self.redis(socket, "INFO", "server").splitlines() if l.startswith("process_id:")][0].split(":")[1]
        os.kill(int(pid), signal.SIGKILL)
        output, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("failed", errors + output)
        self.assertIn(socket, errors)

    def test_the_server_ends_with_a_killed_program(self):
        process, socket = self.start()
        wait_for(lambda: "gradient" in self.redis(socket, "KEYS", "*"))
        process.kill()
        process.wait()
        wait_for(lambda: "Could not connect" in subprocess.run(["redis-cli", "-s", socket, "PING"], capture_output=True,
                                                               text=True, check=False).stderr)

    def test_somebody_elses_server_with_a_password_that_stays_secret(self):
        socket, module = self.folder / "own.sock", Path(PROGRAM).parent.parent / "tensordb" / "windtunnel_tensordb.so"
        server = subprocess.Popen(["redis-server", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        with server.stdin as config:
            config.write(f"port 0\nunixsocket {socket}\nsave ''\nrequirepass s3cretWord\nloadmodule {module}\n")
        wait_for(socket.exists)
        out = self.folder / "out"
        done = run("run", self.scenario(LONG.replace("rounds: 100000", "rounds: 3")), "--set",
                   f"store.redis.url=unix://:s3cretWord@{socket}", "--out", out, "--no-charts")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(str(socket), done.stderr)
        for text in (done.stdout, done.stderr, (out / "results.sqlite").read_bytes().decode("latin-1")):
            self.assertNotIn("s3cretWord", text)
        keys = subprocess.run(["redis-cli", "-s", socket, "--no-auth-warning", "-a", "s3cretWord", "KEYS", "*"],
                              capture_output=True, text=True, check=True).stdout
        self.assertEqual(keys.strip(), "", "a run erases its keys on a server that is not its own")

    def test_no_redis_server_on_the_machine(self):
        done = run("run", self.scenario(LONG), "--out", self.folder / "out", env={"PATH": "/nowhere"})
        self.assertEqual(done.returncode, 3)
        self.assertIn("redis-server", done.stderr)

    def test_a_module_that_is_not_one(self):
        module = self.folder / "module.so"
        module.write_text("no module at all")
        done = run("run", self.scenario(LONG), "--out", self.folder / "out", env={"WINDTUNNEL_TENSORDB": str(module)})
        self.assertEqual(done.returncode, 3)
        self.assertIn("module", done.stderr)

    def test_an_address_where_nobody_answers(self):
        done = run("run", self.scenario(LONG), "--set", "store.redis.url=redis://127.0.0.1:1", "--out", self.folder / "out")
        self.assertIn(done.returncode, (1, 3))
        self.assertIn("127.0.0.1:1", done.stderr)


if __name__ == "__main__":
    unittest.main()
