"""The command line: exit codes, messages, formats, what is refused. Not checked here: numbers (other tests)."""

from program import *  # noqa: F403

MINIMAL = "rounds: 2\nworkers: 2\nlearning: quadratic\n"


class Commands(Case):
    def test_version_and_help(self):
        self.assertRegex(run("version").stdout, r"^windtunnel \d+\.\d+\.\d+\nbuild [0-9a-f]{16}( \(.+\))?\n$")
        for words in ([], ["run"], ["check"], ["compare"], ["plot"], ["trace"], ["list"], ["schema"],
                      ["store"], ["store", "serve"], ["store", "info"]):
            done = run(*words, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("Usage" if "Usage" in done.stdout else "--help", done.stdout)

    def test_unknown_words_are_bad_input(self):
        for words in (["fly"], ["fly", "--help"], ["--help", "fly"], ["store", "fly", "--help"], ["run"], ["run", "--jobs", "0", "x.yaml"], ["list", "planes"], ["compare", "--format", "x", "y"]):
            self.assertEqual(run(*words).returncode, 2, words)

    def test_an_unknown_command_is_named_with_those_there_are(self):
        done = run("rum", "--help")
        self.assertIn('unknown command "rum"; did you mean "run"?', done.stderr)
        self.assertIn("compare", done.stderr)

    def test_a_scenario_from_standard_input(self):
        def piped(text, *words):
            return subprocess.run(command(*words), input=text, capture_output=True, text=True, timeout=300, check=False)
        self.assertIn("-: fine, 1 run", piped(MINIMAL, "check", "-").stdout)
        done = piped("rouns: 2\n", "check", "-")
        self.assertEqual(done.returncode, 2)
        self.assertIn("stdin:1:1", done.stderr)
        done = piped("name: piped\n" + MINIMAL, "run", "-", "--out", self.folder / "out", "--format", "json", "--no-charts")
        self.assertEqual(json.loads(done.stdout)[0]["name"], "piped", done.stderr)
        self.assertEqual(piped(MINIMAL, "run", "-", "-", "--out", self.folder / "two").returncode, 2)

    def test_a_value_where_the_settings_of_a_choice_belong_is_refused_with_the_form(self):
        done = run("check", self.scenario("cloud: {queue: {latency: {constant: 200 ms}}}\n"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("write constant: {value: 200 ms}", done.stderr)
        done = run("check", self.scenario("optimizer: {adam: 0.1}\n"))
        self.assertIn("its settings are learning_rate, ", done.stderr)

    def test_a_failure_of_the_charts_is_told_as_what_it_is(self):
        out = self.folder / "out"
        run_json(self.scenario(MINIMAL), "--out", out)
        broken = self.folder / "python"
        broken.write_text("#!/bin/sh\necho 'Traceback (most recent call last):' >&2\necho 'KeyError: 17' >&2\nexit 1\n")
        broken.chmod(0o755)
        done = run("plot", out, env={"WINDTUNNEL_PYTHON": str(broken)})
        self.assertEqual(done.returncode, 1)
        self.assertIn("KeyError: 17", done.stderr)
        self.assertNotIn("matplotlib", done.stderr)
        done = run("run", self.scenario(MINIMAL), "--out", out, env={"WINDTUNNEL_PYTHON": str(broken)})
        self.assertEqual(done.returncode, 0, "the runs are done all the same")
        self.assertIn("no charts: ", done.stderr)
        done = run("plot", out, env={"WINDTUNNEL_PYTHON": "/nowhere/python"})
        self.assertEqual(done.returncode, 3)
        self.assertIn("No such file", done.stderr)

    def test_list(self):
        for kind in ("architectures", "rules", "attacks", "networks", "datasets", "prices", "machines", "optimizers"):
            done = run("list", kind, "--format", "json")
            self.assertEqual(done.returncode, 0)
            entries = json.loads(done.stdout)
            self.assertTrue(entries)
            text = run("list", kind).stdout
            for entry in entries:
                self.assertIn(entry["name"], text)
                self.assertTrue(entry["summary"])

    def test_settings_for_people(self):
        rules = {entry["name"]: entry for entry in json.loads(run("list", "rules", "--format", "json").stdout)}
        self.assertEqual(rules["bulyan"]["least_updates"], 7)
        self.assertEqual(rules["monna"]["uses"], ["the own update of the one who combines"])
        self.assertEqual([setting["name"] for setting in rules["nnm"]["settings"]], ["f", "rule"])
        self.assertTrue(all(entry["source"] for name, entry in rules.items() if name not in ("mean", "nan_safe_mean")))
        attacks = {entry["name"]: entry for entry in json.loads(run("list", "attacks", "--format", "json").stdout)}
        self.assertEqual(attacks["optimized_alie"]["sees"], ["at least 2 updates of its round", "the rule"])
        self.assertEqual(attacks["sign_flip"]["settings"][0]["default"], 10)
        text = run("list", "rules").stdout
        self.assertRegex(text, r"\n    f = 1: Byzantine updates to withstand; needs at least 4f \+ 3 updates\n")
        self.assertIn("\n    source: Blanchard et al., NIPS 2017, section 4\n", text)
        text = run("list", "settings", "cloud.function.memory").stdout
        for part in ("cloud.function.memory: 1769 MB\n", "from 128 MB to 10240 MB", "[default: "):
            self.assertIn(part, text)
        paths = {entry["path"]: entry for entry in json.loads(run("list", "settings", "--format", "json").stdout)}
        self.assertGreater(len(paths), 300)
        self.assertIn("faults.crashes.0.at", paths)
        self.assertTrue(all(entry["meaning"] and entry["allowed"] for entry in paths.values()))
        done = run("list", "settings", "cluod")
        self.assertEqual(done.returncode, 2)
        self.assertIn('did you mean "cloud"?', done.stderr)
        self.assertEqual(run("list", "rules", "x").returncode, 2)

    def test_schema_is_json(self):
        self.assertIn("properties", json.loads(run("schema").stdout))

    def test_check_names_every_fault_and_runs_nothing(self):
        good, bad = self.scenario(MINIMAL, "good.yaml"), self.scenario("rouns: 2\nworkers: -1\n", "bad.yaml")
        done = run("check", good, bad)
        self.assertEqual(done.returncode, 2)
        self.assertIn("good.yaml: fine, 1 run", done.stdout)
        self.assertIn("bad.yaml:1:1", done.stderr)
        self.assertIn('did you mean "rounds"', done.stderr)
        self.assertIn("bad.yaml:2:", done.stderr)

    def test_formats_of_a_comparison(self):
        out = self.folder / "out"
        lines = run_json(self.scenario(MINIMAL), "--out", out)
        self.assertEqual(len(lines), 1)
        for key in ("name", "architecture", "rule", "attack", "seed", "rounds", "simulated_s", "cost_usd", "cost_by_service",
                    "accuracy", "loss", "cold_starts", "bytes_moved", "trajectory_fingerprint", "results_fingerprint",
                    "status"):
            self.assertIn(key, lines[0])
        self.assertEqual(lines[0]["status"], "done")
        self.assertIsNone(lines[0]["accuracy"])
        for form in ("table", "json", "csv", "md"):
            self.assertEqual(run("compare", out, "--format", form).returncode, 0)
        self.assertEqual(json.loads(run("compare", out / "results.sqlite", "--format", "json").stdout), lines)

    def test_trace_is_a_chrome_trace(self):
        out = self.folder / "out"
        run_json(self.scenario(MINIMAL), "--out", out)
        trace = json.loads(run("trace", out).stdout)
        events = trace["traceEvents"] if isinstance(trace, dict) else trace
        self.assertGreater(len([e for e in events if e["ph"] == "X"]), 20)
        self.assertEqual(run("trace", out, "--run", "7").returncode, 2)

    def test_set_and_seed(self):
        file = self.scenario(MINIMAL)
        lines = run_json(file, "--set", "rounds=3", "--set", "architecture=parameter_server", "--seed", "9", "--out",
                         self.folder / "out")
        self.assertEqual((lines[0]["rounds"], lines[0]["architecture"], lines[0]["seed"]), (3, "parameter_server", 9))
        done = run("run", file, "--set", "cloud.funktion.memory=1 GB", "--out", self.folder / "other")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cloud.function.memory", done.stderr)
        self.assertFalse((self.folder / "other").exists())


class Options(Case):
    def test_numbers_are_decimal_and_in_their_range(self):
        file, out = self.scenario(MINIMAL), self.folder / "out"
        self.assertEqual(run_json(file, "--seed", "010", "--out", out)[0]["seed"], 10)
        self.assertEqual(run_json(file, "--seed", "10", "--jobs", "08", "--out", out)[0]["seed"], 10)
        for seed in ("0x10", "-1", "1.5", "+5", "1e3", " 5", "5 ", "", "9200000000000000001", "99999999999999999999"):
            done = run("run", file, "--seed", seed, "--out", self.folder / "other")
            self.assertEqual(done.returncode, 2, seed)
            self.assertIn("--seed: ", done.stderr)
            self.assertNotIn("--set", done.stderr)
        for words in (["run", file, "--jobs", "0x2"], ["run", file, "--jobs", ""], ["trace", out, "--run", "0x0"],
                      ["store", "serve", "--port", "0x1000"], ["store", "serve", "--threads", "1e1"],
                      ["store", "info", "redis://x", "--timeout", "0x10"], ["store", "info", "redis://x", "--timeout", "nan"]):
            done = run(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(f"{words[-2]}: \"{words[-1]}\" is not a ", done.stderr)
        self.assertFalse((self.folder / "other").exists())

    def test_an_empty_value_is_no_value(self):
        file = self.scenario(MINIMAL)
        for words in (["run", file, "--out", ""], ["run", ""], ["check", ""], ["run", file, "--set", ""], ["compare", ""],
                      ["compare", file, "--prices", ""], ["plot", file, "--out", ""], ["store", "serve", "--dir", ""]):
            done = run(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("the value is empty", done.stderr)

    def test_a_misspelt_setting_has_a_suggestion(self):
        for given, meant in (("wokers=5", "workers"), ("cloud.function.memry=1 GB", "cloud.function.memory"),
                             ("sweep.replicatons=3", "replications"), ("optimzer.sgd.learning_rate=1", "optimizer.sgd.learning_rate")):
            done = run("run", self.scenario(MINIMAL), "--set", given, "--out", self.folder / "out")
            self.assertEqual(done.returncode, 2)
            self.assertIn(f'did you mean "{meant}"', done.stderr)

    def test_what_an_override_hides_is_wrong_all_the_same(self):
        done = run("run", self.scenario("workers: four\n"), "--set", "workers=4", "--out", self.folder / "out")
        self.assertEqual(done.returncode, 2)
        self.assertIn('scenario.yaml:1:10: workers: "four" is not a whole number', done.stderr)


class Done(Case):
    """Whether the job was done, in every form of the comparison."""

    TORCH = ("rounds: 40\nworkers: 2\nevaluate_every: 2\nlearning: {torch: {dataset: {synthetic: {train: 400, test: 100}}, "
             "network: mlp}}\n")

    def test_a_target_is_reached_or_missed(self):
        out = self.folder / "out"
        # A rate of zero learns nothing: 10 classes are guessed, and the target is missed after all rounds.
        file = self.scenario(self.TORCH + "target_accuracy: 0.8\nvariants:\n  - {name: learns}\n"
                             "  - {name: does not, optimizer: {sgd: {learning_rate: 1e-9}}}\n")
        learns, does_not = run_json(file, "--out", out)
        self.assertEqual((learns["target_reached"], does_not["target_reached"]), (1, 0))
        self.assertLess(learns["rounds"], 40)
        self.assertEqual(learns["rounds_to_target"], learns["rounds"])
        self.assertEqual(learns["cost_to_target_usd"], learns["cost_usd"])
        self.assertLessEqual(learns["time_to_target_s"], learns["simulated_s"])
        self.assertGreater(learns["time_to_target_s"], learns["startup_s"])
        self.assertEqual(does_not["rounds"], 40)
        for figure in ("rounds_to_target", "time_to_target_s", "cost_to_target_usd"):
            self.assertIsNone(does_not[figure])
        for form in ("table", "md"):
            text = run("compare", out, "--format", form).stdout
            self.assertIn("80 % reached", text)
            self.assertIn("80 % missed", text)
            self.assertIn(f"{learns['rounds']} of 40", text)
        # What a sheet of other prices bills is the cost to the target, too.
        other = json.loads(run("compare", out, "--prices", "aws-us-east-1-2025-07", "--format", "json").stdout)[0]
        self.assertEqual(other["cost_to_target_usd"], other["cost_usd"])

    def test_a_quadratic_has_a_loss_and_its_divergence_is_marked(self):
        out = self.folder / "out"
        file = self.scenario("rounds: 60\nworkers: 2\nlearning: quadratic\nvariants:\n  - {name: converges}\n"
                             "  - {name: diverges, optimizer: {sgd: {learning_rate: 3}}}\n"
                             "  - {name: no number, optimizer: {sgd: {learning_rate: 1e20}}}\n")
        run_json(file, "--out", out)
        lines = run("compare", out).stdout.splitlines()
        self.assertIn(" loss ", lines[0])
        self.assertRegex(lines[3], r" \d(\.\d+)?e\+\d+ .*the loss diverged")
        self.assertRegex(lines[4], r" (NaN|∞) .*the loss diverged")
        done = run("plot", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("loss_over_time.png", done.stdout)

    def test_crashes_are_counted(self):
        file = self.scenario("rounds: 5\nworkers: 3\nlearning: none\narchitecture: parameter_server\n"
                             "faults: {crashes: [{index: 1, at_round: 2, recover_after: 5 s}]}\n")
        out = self.folder / "out"
        self.assertEqual(run_json(file, "--out", out)[0]["crashes"], 1)
        self.assertIn("crashes", run("compare", out).stdout)


class Folders(Case):
    def test_older_results_are_kept(self):
        file, out = self.scenario(MINIMAL), self.folder / "out"
        first = run_json(file, "--out", out)
        before = (out / "results.sqlite").read_bytes()
        self.assertEqual(run_json(file, "--out", out), first, "the same scenario again: nothing to do")
        self.assertEqual((out / "results.sqlite").read_bytes(), before)
        done = run("run", file, "--seed", "5", "--out", out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--force", done.stderr)
        self.assertEqual((out / "results.sqlite").read_bytes(), before)
        self.assertEqual(run_json(file, "--seed", "5", "--out", out, "--force")[0]["seed"], 5)

    def test_not_a_results_file(self):
        out = self.folder / "out"
        out.mkdir()
        (out / "results.sqlite").write_text("these are my notes, not a database, please keep them" * 40)
        done = run("run", self.scenario(MINIMAL), "--out", out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("not a results file", done.stderr)
        self.assertEqual(run("compare", out).returncode, 2)
        self.assertEqual(run("plot", out).returncode, 2)
        self.assertIn("my notes", (out / "results.sqlite").read_text())

    def test_another_version(self):
        out = self.folder / "out"
        run_json(self.scenario(MINIMAL), "--out", out)
        with sqlite3.connect(out / "results.sqlite") as db:
            db.execute("PRAGMA user_version = 999")
        done = run("compare", out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("version", done.stderr)

    def test_no_place_for_results(self):
        (self.folder / "file").write_text("")
        done = run("run", self.scenario(MINIMAL), "--out", self.folder / "file" / "out")
        self.assertEqual(done.returncode, 3)
        self.assertIn(str(self.folder / "file"), done.stderr)
        self.assertEqual(run("run", self.scenario(MINIMAL), "--out", "/proc/nothing").returncode, 3)

    def test_two_files_of_one_name(self):
        one, two = self.scenario("name: x\n" + MINIMAL, "one.yaml"), self.scenario("name: x\n" + MINIMAL, "two.yaml")
        done = run("run", one, two, "--out", self.folder / "out")
        self.assertEqual(done.returncode, 2)
        self.assertIn('both named "x"', done.stderr)

    def test_full_disk_for_the_comparison(self):
        out = self.folder / "out"
        run_json(self.scenario(MINIMAL), "--out", out)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(command("compare", out), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("standard output", done.stderr)


    def test_a_reader_that_has_seen_enough(self):
        process = subprocess.Popen(command("schema"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        self.assertEqual((process.wait(), errors), (0, ""))


class Forecast(Case):
    def test_a_long_run_says_how_long_it_will_take(self):
        # Thousands of rounds of real gradients: minutes, which are known after some seconds.
        text = ("rounds: 100000\nworkers: 2\nevaluate_every: 100000\nlearning: {torch: {dataset: {synthetic: {train: 400, test: 10}}, "
                "network: mlp}}\n")
        process = subprocess.Popen(command("run", self.scenario(text), "--out", self.folder / "out", "--jobs", "2", "--no-charts"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertRegex(process.stderr.readline(), r"this will take about \d+(\.\d)? (s|min|h|d) on 2 cores\n")


class Infeasible(Case):
    def test_a_run_that_cannot_work_says_why_and_the_others_go_on(self):
        file = self.scenario(MINIMAL + "variants:\n  - {name: fits}\n"
                             "  - {name: does not, learning: {none: {parameters: 900000000}}}\n")
        done = run("run", file, "--out", self.folder / "out", "--format", "json", "--no-charts")
        self.assertEqual(done.returncode, 1)
        fits, does_not = json.loads(done.stdout)
        self.assertEqual((fits["status"], does_not["status"]), ("done", "infeasible"))
        self.assertIn("does not: infeasible: ", done.stderr)
        self.assertIn("do not fit", done.stderr)

    def test_missing_data_is_missing_on_the_machine(self):
        file = self.scenario("learning: {torch: {dataset: {mnist: {path: /nowhere/at/all}}, network: mlp}}\n")
        done = run("run", file, "--out", self.folder / "out")
        self.assertEqual(done.returncode, 3)
        self.assertIn("/nowhere/at/all", done.stderr)


class Interrupted(Case):
    # Each works for long at something else: events of one round, gradients on the pool, making data, making weights, many points.
    LONG = {
        "events": "workers: 900\nrounds: 1000\nlearning: none\n",
        "rounds": "rounds: 99999\nlearning: none\n",
        "gradients": "workers: 400\nlearning: {torch: {dataset: {synthetic: {train: 2000, test: 100}}, network: resnet18}}\n",
        "data": "learning: {torch: {dataset: {synthetic: {train: 5000000, test: 100}}, network: mlp}}\n",
        "weights": "learning: {quadratic: {dimension: 300000000}}\n",
        "points": "learning: none\nsweep: {axes: {workers: {from: 2, to: 10001, steps: 10000}}}\n",
    }

    def test_ctrl_c_is_acknowledged_at_once_and_looked_at_everywhere(self):
        for name, text in self.LONG.items():
            with self.subTest(name):
                process = subprocess.Popen(command("run", self.scenario(text, name + ".yaml"), "--out", self.folder / name,
                                                   "--jobs", "2", "--no-charts"),
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                self.addCleanup(process.kill)
                wait_for((self.folder / name / "results.lock").exists)
                time.sleep(1)
                self.assertIsNone(process.poll())
                start = time.monotonic()
                process.send_signal(signal.SIGINT)
                first = process.stderr.readline()
                acknowledged = time.monotonic() - start
                errors = process.stderr.read()  # not communicate(), which would lose what readline() has read ahead
                output = process.stdout.read()
                self.assertEqual(process.wait(60), 130, errors)
                if name != "points":  # which may not have begun to run
                    self.assertIn("stopping…; again to stop now", first + errors)
                self.assertIn("interrupted", first + errors)
                self.assertLess(acknowledged, 3)  # at once, on a machine that has other things to do as well
                self.assertLess(time.monotonic() - start, 10)
                if name != "points":
                    self.assertEqual(output, "", "nothing is finished, so there is no table")

    def test_the_second_ctrl_c_ends_at_once(self):
        # One gradient of so many samples cannot be looked into.
        text = "architecture: centralized\nbatch_size: 20000\nlearning: {torch: {dataset: {synthetic: {train: 2000, test: 10}}, network: small_cnn}}\n"
        process = subprocess.Popen(command("run", self.scenario(text), "--out", self.folder / "out", "--jobs", "1"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        wait_for((self.folder / "out" / "results.lock").exists)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        self.assertIn("again to stop now", process.stderr.readline())
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertLess(time.monotonic() - start, 3)

    def test_ctrl_c_while_charts_are_drawn(self):
        out = self.folder / "out"
        run_json(self.scenario(MINIMAL), "--out", out)
        slow = self.folder / "python"
        drawing = self.folder / "drawing"
        slow.write_text(f"#!/bin/sh\ntouch '{drawing}'\nexec sleep 60\n")
        slow.chmod(0o755)
        for words in (["run", self.folder / "scenario.yaml", "--out", out], ["plot", out]):
            process = subprocess.Popen(command(*words), env={**os.environ, "WINDTUNNEL_PYTHON": str(slow)},
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wait_for(drawing.exists)
            drawing.unlink()
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130)
            self.assertTrue(errors.endswith("windtunnel: interrupted\n"), errors)
            self.assertLess(time.monotonic() - start, 5)

    def test_ctrl_c_keeps_what_is_finished(self):
        out = self.folder / "out"
        file = self.scenario("learning: {quadratic: {dimension: 20000}}\nrounds: 400\nsweep: {replications: 50}\n")
        process = subprocess.Popen(command("run", file, "--out", out, "--jobs", "2", "--no-charts"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        results = out / "results.sqlite"
        wait_for(lambda: results.exists() and "runs" in tables(results) and table(results, "runs"))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("interrupted", errors)
        finished = len(table(results, "runs"))
        self.assertGreater(finished, 0)
        self.assertLess(finished, 50)

class TwoPrograms(Case):
    """Two runs into one folder, and readers of a folder that is written to."""

    SLOW = "learning: {quadratic: {dimension: 20000}}\nrounds: 200\nsweep: {replications: 40}\n"

    def start(self, out, *more):
        process = subprocess.Popen(command("run", self.scenario(self.SLOW), "--out", out, "--jobs", "2", "--no-charts", *more),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        results = out / "results.sqlite"
        wait_for(lambda: results.exists() and "runs" in tables(results) and table(results, "runs"))
        return process

    def test_the_second_is_refused_with_the_owners_pid_and_the_first_goes_on(self):
        out = self.folder / "out"
        first = self.start(out)
        other = self.scenario("name: other\n" + MINIMAL, "other.yaml")
        for words in ([self.folder / "scenario.yaml"], [self.folder / "scenario.yaml", "--force"], [other, "--force"]):
            done = run("run", *words, "--out", out, "--no-charts")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"process {first.pid} ", done.stderr)
            self.assertIn("--out", done.stderr)
        # Of several files, none begins while the folder of one is taken.
        (self.folder / "two").mkdir()
        (self.folder / "two" / "scenario").symlink_to(out)
        done = run("run", other, self.folder / "scenario.yaml", "--out", self.folder / "two", "--no-charts")
        self.assertEqual(done.returncode, 2)
        self.assertFalse((self.folder / "two" / "other" / "results.sqlite").exists())
        self.assertIsNone(first.poll(), "the first must be under way still for this test to mean anything")
        first.send_signal(signal.SIGINT)
        _, errors = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 130, errors)
        self.assertEqual(run("compare", out).returncode, 0)
        self.assertEqual(sorted(path.name for path in out.iterdir()), ["results.sqlite"])

    def test_the_folder_of_a_killed_program_is_free(self):
        out = self.folder / "out"
        first = self.start(out)
        first.kill()
        first.wait()
        done = run("run", self.folder / "scenario.yaml", "--out", out, "--no-charts", "--set", "sweep.replications=40")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(table(out / "results.sqlite", "runs")), 40)

    def test_an_open_transaction_of_a_reader_does_not_end_the_run(self):
        out = self.folder / "out"
        first = self.start(out)
        with sqlite3.connect(out / "results.sqlite", isolation_level=None) as notebook:
            notebook.execute("BEGIN")
            seen = notebook.execute("SELECT count(*) FROM runs").fetchone()
            self.assertIsNone(first.poll())
            _, errors = first.communicate(timeout=300)
            self.assertEqual(first.returncode, 0, errors)
            self.assertEqual(notebook.execute("SELECT count(*) FROM runs").fetchone(), seen)
            # Others see all of it meanwhile, without waiting.
            with sqlite3.connect(out / "results.sqlite", timeout=0) as other:
                self.assertEqual(other.execute("SELECT count(*) FROM runs").fetchone(), (40,))
            self.assertEqual(run("compare", out).returncode, 0)
        notebook.close()
        other.close()
        self.assertEqual(len(table(out / "results.sqlite", "runs")), 40)

    def test_readers_never_meet_a_locked_database(self):
        out = self.folder / "out"
        first, looks = self.start(out), 0
        while first.poll() is None:
            with sqlite3.connect(out / "results.sqlite", timeout=0) as db:
                db.execute("SELECT count(*) FROM runs").fetchone()
            db.close()
            looks += 1
            time.sleep(0.002)
            if looks == 200:
                first.send_signal(signal.SIGINT)
                break
        first.communicate(timeout=60)
        self.assertGreater(looks, 50)


if __name__ == "__main__":
    unittest.main()
