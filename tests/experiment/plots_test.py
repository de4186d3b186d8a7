"""The charts: that every chart of made-up results is written, is an image with something on it, has no label on another
and none cut off, with 1 to 60 variants and any names; that it says what it shows; is the same when drawn again; and that
what cannot be drawn, read or written is reported as what it is. Numbers: plots_numbers_test.py. Whether a chart is beautiful
is for people to say.

usage: plots_test.py PLOTS_FOLDER MAKE_RESULTS
"""

import importlib.util
import io
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import warnings
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

if importlib.util.find_spec("matplotlib") is None:
    print(f"skipped: {sys.executable} has no matplotlib (Debian package python3-matplotlib)")
    sys.exit(77)

PLOTS, MAKE_RESULTS = sys.argv[1], sys.argv[2]
sys.path.insert(0, PLOTS)
sys.dont_write_bytecode = True

import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.image  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402

import labels  # noqa: E402
import made_up  # noqa: E402
import plot  # noqa: E402
import style  # noqa: E402
from left_out import LeftOut  # noqa: E402
from names import Writer  # noqa: E402
from results_file import open_results  # noqa: E402

FOLDER = tempfile.TemporaryDirectory()
COUNTS = (1, 7, 20, 60)  # of variants
LEARNT = ["accuracy_over_time", "loss_over_time", "cost_against_accuracy"]
EXPECTED = {
    "quickstart": [*LEARNT, "cost_breakdown", "time_breakdown"],
    "sweep": ["cost_breakdown", "time_breakdown", "cost_against_time", "cost_against_time_training",
              "by_architecture", "by_cloud_function_memory"],
    "grid": ["accuracy_over_time", "accuracy_over_time_2", "accuracy_over_time_3", "loss_over_time", "loss_over_time_2",
             "loss_over_time_3", "cost_against_accuracy", "cost_breakdown", "time_breakdown", "cost_against_time", "by_workers",
             "by_functions_memory"],
}
# As they are made: a server's workers wait for its boot, the one machine boots. In grid there are functions only.
STARTUP = "CASE WHEN scenario = 'grid' OR architecture = 'spirt' THEN 0 ELSE 30 END"
ODD = ["$x_1^2$ costs $5", "_hidden", "50% \\alpha {a} #1 ~", "line\nbreak", "火山 emoji \U0001f600\U0001f469", "\u202eright to left",
       "שלום 12", "a very long name, with words, and a_word_that_cannot_be_broken_anywhere_as_it_has_no_spaces_in_it_at_all",
       "^", "\\frac{1}{2}", "&<b>\"x\"</b>'", "W" * 40]


def setUpModule():
    subprocess.run([MAKE_RESULTS, FOLDER.name], check=True)
    for name in EXPECTED:
        made_up.with_startup(file(name + ".sqlite"), file(name + ".sqlite"), STARTUP,
                             f"CASE {STARTUP} WHEN 0 THEN 0 ELSE cost_usd * 0.4 END")
    for many in COUNTS:
        made_up.variants(file("quickstart.sqlite"), file(f"variants_{many}.sqlite"), [f"variant {i}" for i in range(many)])
        # A crash and a recovery in each run, each at a time of its own.
        made_up.edited(file(f"variants_{many}.sqlite"), file(f"variants_{many}.sqlite"), "DELETE FROM faults",
                       *(f"INSERT INTO faults SELECT run_id, {n}, 'worker-1', '{kind}', {round_}, {at} + run_id % 20, '' FROM runs"
                         for n, kind, round_, at in ((0, "crash", 3, 40), (1, "recovered", 5, 60))),
                       "UPDATE rounds SET participants = participants - 1 - run_id % 2 WHERE round BETWEEN 3 AND 5")
    made_up.variants(file("quickstart.sqlite"), file("odd.sqlite"), ODD)


def file(name):
    return os.path.join(FOLDER.name, name)


def run(*arguments, **more):
    return subprocess.run([sys.executable, "-B", os.path.join(PLOTS, "plot.py"), *arguments], capture_output=True, text=True,
                          **more)


def run_here(*arguments):
    """The same without starting a program."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with mock.patch.object(sys, "argv", ["plot.py", *arguments]), redirect_stdout(out), redirect_stderr(err):
        code = plot.main()
    seen = []
    for stream in (out, err):
        stream.seek(0)
        seen.append(stream.read())
    return subprocess.CompletedProcess(arguments, code, *seen)


def figures(name, *only):
    """(chart, figure) of every page of every chart of a results file, or of some charts only."""
    writer = Writer()
    results = open_results(file(name + ".sqlite"), writer.shown)
    style.apply(writer.fonts)
    for chart, draw in plot.charts_of(results):
        if only and chart not in only:
            continue
        try:
            for figure in draw(results):
                yield chart, figure
                plt.close(figure)
        except LeftOut:
            pass


def texts(figure):
    return [t.get_text() for t in figure.findobj(matplotlib.text.Text) if t.get_visible() and t.get_text().strip()]


def label_boxes(figure):
    """(text, extent in pixels) of every text that is seen."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    unseen = _ticks_outside(figure)
    return [(t.get_text(), t.get_window_extent(renderer)) for t in figure.findobj(matplotlib.text.Text)
            if t.get_visible() and t.get_text().strip() and t not in unseen]


def _ticks_outside(figure):
    """Labels of ticks beyond the axes' limits: they exist, but are not drawn."""
    found = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.majorTicks + axis.minorTicks:
                found += [] if low <= tick.get_loc() <= high else [tick.label1, tick.label2]
    return found


def faults_of(figure):
    """Labels on top of each other by more than a hair, and labels cut off by the edge."""
    boxes = label_boxes(figure)
    width, height = figure.canvas.get_width_height()
    found = [f"cut off: {text!r}" for text, box in boxes
             if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1]
    for i, (text, a) in enumerate(boxes):
        for other, b in boxes[i + 1:]:
            if min(a.x1, b.x1) - max(a.x0, b.x0) > 2 and min(a.y1, b.y1) - max(a.y0, b.y0) > 2.5:
                found.append(f"{text!r} on {other!r}")
    return found


class Program(unittest.TestCase):
    def test_writes_every_chart_and_prints_its_path(self):
        for name, charts in EXPECTED.items():
            out = file("out-" + name)
            done = run(file(name + ".sqlite"), "--out", out)
            self.assertEqual(done.returncode, 0, done.stderr)
            paths = [os.path.join(out, chart + ".png") for chart in charts]
            self.assertEqual(done.stdout.split("\n")[:-1], paths)
            self.assertEqual(sorted(os.listdir(out)), sorted(chart + ".png" for chart in charts))
            for path in paths:
                pixels = matplotlib.image.imread(path)[:, :, :3]
                drawn = (pixels < 0.98).any(axis=2).mean()
                self.assertGreater(drawn, 0.01, path)
                self.assertLess(drawn, 0.7, path)

    def test_says_what_is_left_out(self):
        done = run(file("sweep.sqlite"), "--out", file("out-sweep"))
        self.assertIn("accuracy_over_time left out: the runs have no accuracy", done.stderr)
        self.assertIn("function memory 256 MB is not shown: infeasible: memory too small", done.stderr)

    def test_writes_vector_formats_the_same_every_time(self):
        for ending, start, times in (("svg", b"<?xml", 2), ("pdf", b"%PDF", 1)):
            contents = []
            for out in ("a", "b")[:times]:
                done = run(file("odd.sqlite"), "--out", file(out), "--format", ending)
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(os.path.join(file(out), f"accuracy_over_time.{ending}"), "rb") as chart:
                    contents.append(chart.read())
            self.assertTrue(contents[0].startswith(start))
            self.assertEqual(contents[0], contents[-1])

    def test_takes_pages_of_an_earlier_drawing_away(self):
        out = file("pages")
        self.assertEqual(run(file("grid.sqlite"), "--out", out).returncode, 0)
        self.assertEqual(run(file("quickstart.sqlite"), "--out", out).returncode, 0)
        left = os.listdir(out)
        self.assertIn("accuracy_over_time.png", left)
        self.assertNotIn("accuracy_over_time_2.png", left)
        self.assertNotIn("loss_over_time_3.png", left)

    def test_users_own_settings_of_matplotlib_change_nothing(self):
        with open(file("matplotlibrc"), "w", encoding="utf-8") as settings:
            settings.write("text.usetex: True\nfont.size: 40\nsavefig.dpi: 10\n")
        plain = run(file("variants_1.sqlite"), "--out", file("plain"))
        own = run(file("variants_1.sqlite"), "--out", file("own"),
                  env={**os.environ, "MATPLOTLIBRC": file("matplotlibrc"), "MPLBACKEND": "nonsense"})
        self.assertEqual((plain.returncode, own.returncode), (0, 0), own.stderr)
        contents = []
        for out in ("plain", "own"):
            with open(os.path.join(file(out), "cost_breakdown.png"), "rb") as chart:
                contents.append(chart.read())
        self.assertEqual(*contents)


class OtherCharts(unittest.TestCase):
    """Charts of other programs that use our style."""

    def test_the_database_benchs_chart_is_drawn(self):
        spec = importlib.util.spec_from_file_location("tensordb_chart", os.path.join(PLOTS, "..", "bench", "tensordb_chart.py"))
        chart = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(chart)
        cells = [{"transport": transport, "parameters": 10**6 * many, "gradients": k, "native_ms": 2.0 * k, "fused_ms": 1.5 * k,
                  "best_ms": 1.5 * k, "hiredis_ms": 9.0 * k, "bare_ms": 8.0 * k, "torchscript_ms": 6.0 * k, "loop_ms": 3.0 * k}
                 for transport in ("unix", "tcp") for many in (1, 5, 11) for k in (4, 16, 64)]
        style.apply()
        figure = chart.draw(cells)
        self.assertEqual(faults_of(figure), [])
        self.assertIn("hiredis client", texts(figure))
        plt.close(figure)


class Refusals(unittest.TestCase):
    def only_line(self, done, code, message):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        last = done.stderr.strip().split("\n")[-1]
        self.assertTrue(last.startswith("plot: "), last)
        self.assertIn(message, last)

    def test_what_is_no_results_file(self):
        with open(file("text"), "w", encoding="utf-8") as text:
            text.write("no database " * 100)
        sqlite3.connect(file("other")).execute("CREATE TABLE t (x)").connection.commit()
        made_up.edited(file("quickstart.sqlite"), file("old"), "PRAGMA user_version = 999")
        for name, message in (("text", "not a results file"), ("other", "not a results file"), ("old", "version 999"),
                              ("nowhere", "no such file"), ("", "a folder"), ("empty.sqlite", "holds no runs yet")):
            done = run(file(name), "--out", file("refused"))
            self.only_line(done, 1, message)
            self.assertEqual(len(done.stderr.strip().split("\n")), 1, done.stderr)
        self.assertFalse(os.path.exists(file("refused")))

    def test_damaged_tables_and_cells(self):
        for sql, message in (("DROP TABLE phases", "no such table: phases"),
                             ("DROP TABLE evaluations", "no such table: evaluations"),
                             ("DROP TABLE rounds", "no such table: rounds"),
                             ("ALTER TABLE phases DROP COLUMN exclusive_s", "table phases has no column exclusive_s"),
                             ("UPDATE phases SET exclusive_s = 'long'", "phases.exclusive_s of run 0, row 0: 'long' is no number"),
                             ("UPDATE phases SET phase = x'00'", "phases.phase of run 0, row 0"),
                             ("UPDATE evaluations SET at_s = 9e999", "evaluations.at_s of run 0, row 0: 'inf' is not finite"),
                             ("UPDATE evaluations SET accuracy = 2", "evaluations.accuracy of run 0, row 0"),
                             ("UPDATE evaluations SET loss = 'bad'", "evaluations.loss of run 0, row 0: 'bad' is no number"),
                             ("UPDATE rounds SET participants = 'all'", "rounds.participants of run 0, row 0"),
                             ("UPDATE runs SET compute_usd = x'ff'", "runs.compute_usd of run 0")):
            made_up.edited(file("quickstart.sqlite"), file("damaged.sqlite"), sql)
            with self.subTest(sql):
                self.only_line(run_here(file("damaged.sqlite"), "--out", file("damaged")), 1, message)

    def test_no_run_is_done(self):
        done = run(file("infeasible.sqlite"), "--out", file("none"))
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("there is nothing to draw", done.stderr)

    def test_folder_that_cannot_be_made(self):
        self.only_line(run(file("quickstart.sqlite"), "--out", "/proc/charts"), 1, "cannot write charts to /proc/charts: ")

    def test_full_disk(self):
        # No file may grow beyond 5,000 bytes: like a full disk, and possible without one.
        done = run(file("quickstart.sqlite"), "--out", file("full"),
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000)))
        self.only_line(done, 1, "cannot write charts to")
        self.assertEqual((done.stdout, os.listdir(file("full"))), ("", []))

    def test_matplotlib_missing_broken_or_too_old(self):
        for content, message in (("raise ImportError('No module named matplotlib')", "cannot import matplotlib"),
                                 ("raise ImportError('numpy.core.multiarray failed')", "numpy.core.multiarray failed"),
                                 ("raise RuntimeError('no soul')", "broken matplotlib: RuntimeError: no soul"),
                                 ("__version__ = '3.5.2'\nuse = print", "has matplotlib 3.5.2, 3.6 or newer is needed")):
            os.makedirs(file("fake/matplotlib"), exist_ok=True)
            with open(file("fake/matplotlib/__init__.py"), "w", encoding="utf-8") as module:
                module.write(content)
            with open(file("fake/matplotlib/pyplot.py"), "w", encoding="utf-8"):
                pass
            done = run(file("quickstart.sqlite"), "--out", file("missing"), env={**os.environ, "PYTHONPATH": file("fake")})
            self.only_line(done, 3, message)

    def test_an_error_of_ours_is_reported_as_what_it_is(self):
        def broken(_):
            raise KeyError("a bug")
            yield
        results = open_results(file("variants_1.sqlite"))
        out, err = io.StringIO(), io.StringIO()
        with mock.patch.object(plot, "charts_of", lambda r: [("first", broken), *charts_of(r)[:1]]), \
                redirect_stdout(out), redirect_stderr(err):
            style.apply()
            self.assertFalse(plot.draw_all(results, file("bug"), "png"))
        self.assertRegex(err.getvalue(), r"^plot: first cannot be drawn: KeyError: 'a bug' \(plots_test.py:\d+\)\n$")
        self.assertIn("accuracy_over_time.png", out.getvalue())  # the others are drawn


charts_of = plot.charts_of


class Looks(unittest.TestCase):
    def check(self, *files, charts=()):
        for name in files:
            seen = 0
            for chart, figure in figures(name, *charts):
                seen += 1
                self.assertEqual(faults_of(figure), [], f"{name}: {chart}")
            self.assertGreater(seen, 3)

    def test_no_label_lies_on_another_or_is_cut_off(self):
        self.check(*EXPECTED)

    def test_nor_with_any_number_of_variants(self):
        wanted = {*EXPECTED["quickstart"], "participants_over_time"}
        for many in COUNTS:
            name = f"variants_{many}"
            self.check(name)
            self.assertLessEqual(wanted, {chart for chart, _ in figures(name, *wanted)}, name)

    def test_nor_with_odd_names(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # matplotlib warns of glyphs that are missing and names that it drops
            self.check("odd")

    def test_every_name_is_on_every_chart_as_it_is(self):
        shown = Writer().shown
        found = {}
        for chart, figure in figures("odd"):
            found.setdefault(chart, "")
            found[chart] += "\n\n".join("".join(text.split()) for text in texts(figure))
            for text in figure.findobj(matplotlib.text.Text):
                self.assertFalse(text.get_parse_math() or text.get_usetex())
        self.assertEqual(len(found), 5)
        for chart, text in found.items():
            for name in ODD:
                self.assertIn("".join(shown(name).split()), text, chart)

    def test_many_lines_are_paged_and_coloured_once(self):
        pages, bars = 0, []
        for chart, figure in figures("variants_60", "accuracy_over_time", "cost_breakdown"):
            if chart == "accuracy_over_time":
                pages += 1
                colours = [line.get_color() for line in figure.axes[0].lines if line.get_zorder() == 3]
                self.assertEqual(len(colours), len(set(colours)))
                self.assertTrue(any("page" in text for text in texts(figure)))
            elif chart == "cost_breakdown":
                bars.append(len(figure.axes[0].get_yticks()))
        self.assertEqual((pages, bars), (8, [30, 30]))

    def test_axes_say_from_when_they_count(self):
        labelled = {}
        for chart, figure in figures("sweep", "cost_against_time", "cost_against_time_training"):
            labelled.setdefault(chart, []).append((figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()))
        for chart, figure in figures("quickstart", "accuracy_over_time", "time_breakdown"):
            labelled.setdefault(chart, []).append((figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()))
        self.assertIn("since the training began", labelled["accuracy_over_time"][0][0])
        self.assertIn("since everything was ordered", labelled["time_breakdown"][0][0])
        self.assertIn("since everything was ordered", labelled["cost_against_time"][0][0])
        self.assertEqual(labelled["cost_against_time"][0][1], "cost of the run (USD, axis cut)")
        self.assertIn("training time without start-up (s, log scale)", labelled["cost_against_time_training"][0][0])
        self.assertIn("cost of the training without start-up (USD", labelled["cost_against_time_training"][0][1])

    def test_startup_is_hatched(self):
        for chart, figure in figures("quickstart", "cost_breakdown", "time_breakdown"):
            hatched = [p for p in figure.axes[0].patches if p.get_hatch() == style.STARTUP_HATCH and p.get_width() > 0]
            if chart == "cost_breakdown":
                total = {line.name: line.estimate("cost_usd").mean for line in open_results(file("quickstart.sqlite")).lines}
                self.assertEqual([round(p.get_width(), 9) for p in hatched],
                                 [round(0.4 * total[name], 9) for name in ("parameter_server", "centralized")])
            elif chart == "time_breakdown":  # one server's workers wait for its boot, one machine boots
                self.assertEqual([round(p.get_width(), 6) for p in hatched], [30.0, 30.0])

    def test_linear_sweeps_are_drawn_linearly(self):
        updates = [("UPDATE sweep_values SET path = 'workers', value = ? WHERE path = 'cloud.function.memory' AND value = ?",
                    (str(2 + 4 * i), f"{memory} MB")) for i, memory in enumerate((256, 512, 1024, 1769, 3538, 7076))]
        made_up.edited(file("sweep.sqlite"), file("linear.sqlite"), *updates)
        scales = {chart: (figure.axes[0].get_xscale(), figure.axes[0].get_xlabel())
                  for chart, figure in figures("linear", "by_workers")}
        self.assertEqual(scales["by_workers"], ("linear", "workers"))
        scales = {chart: (figure.axes[0].get_xscale(), figure.axes[0].get_xlabel())
                  for chart, figure in figures("sweep", "by_cloud_function_memory")}
        self.assertEqual(scales["by_cloud_function_memory"], ("log", "function memory (MB, log scale)"))

    def test_intervals_are_within_the_axes(self):
        # Replications of one point that lie far apart: 30 s and up, so that the axis of time is a log one.
        made_up.edited(file("sweep.sqlite"), file("wide.sqlite"),
                       "UPDATE runs SET training_s = 20 + 2.0 * replication, simulated_s = startup_s + 20 + 2.0 * replication "
                       "WHERE point = 11")
        for chart, figure in figures("wide", "cost_against_time", "cost_against_time_training"):
            low, high = figure.axes[0].get_xlim()
            for line in figure.axes[0].collections:  # the bars
                for (x0, _), (x1, _) in line.get_segments():
                    self.assertLessEqual(low, min(x0, x1), chart)
                    self.assertLessEqual(max(x0, x1), high, chart)

    def test_an_unlisted_phase_is_drawn_by_its_name(self):
        made_up.edited(file("quickstart.sqlite"), file("phase.sqlite"), "UPDATE phases SET phase = 'gossip' WHERE phase = 'fetch'")
        charts = dict(figures("phase", "time_breakdown"))
        self.assertIn("gossip", texts(charts["time_breakdown"]))

    def test_crashes_and_divergence_are_shown(self):
        made_up.edited(file("quickstart.sqlite"), file("faults.sqlite"),
                       "DELETE FROM faults",
                       "INSERT INTO faults VALUES (0, 0, 'worker-1', 'crash', 3, 40.0, '')",
                       "INSERT INTO faults VALUES (0, 1, 'worker-1', 'recovered', 5, 60.0, '')",
                       "UPDATE rounds SET participants = 3 WHERE run_id = 0 AND round BETWEEN 3 AND 5",
                       "UPDATE evaluations SET loss = NULL WHERE run_id = 4 AND round > 6",
                       "UPDATE runs SET loss = NULL WHERE run_id = 4")
        charts = {chart: (figure, texts(figure), faults_of(figure))
                  for chart, figure in figures("faults", "participants_over_time", "loss_over_time")}
        _, found, faults = charts["participants_over_time"]
        self.assertEqual(faults, [])
        for word in ("crash", "recovered", "spirt"):
            self.assertIn(word, found)
        self.assertTrue(any("4 without events are left out" in text for text in found))
        self.assertTrue(any("diverged" in text for text in charts["loss_over_time"][1]))

    def test_subtitles_say_whom_the_means_are_of(self):
        made_up.edited(file("grid.sqlite"), file("early.sqlite"), "DELETE FROM runs WHERE run_id = 0 OR point > 5",
                       "DELETE FROM evaluations WHERE run_id = 4 AND round > 3")
        accuracy = next(text for _, figure in figures("early", "accuracy_over_time") for text in texts(figure)
                        if "replications" in text)
        self.assertIn("of 2 to 3 replications", accuracy.replace("\n", " "))
        self.assertIn("thin: some runs have ended", accuracy.replace("\n", " "))
        made_up.edited(file("quickstart.sqlite"), file("rollback.sqlite"),
                       "UPDATE evaluations SET round = round - 3, at_s = at_s + 20 WHERE run_id = 1 AND round > 6")
        dotted = dict(figures("rollback", "accuracy_over_time"))["accuracy_over_time"]
        self.assertIn("dotted: back to a checkpoint", " ".join(texts(dotted)))
        cost = dict(figures("sweep", "cost_breakdown"))["cost_breakdown"]
        self.assertIn("without 1 that is not done", " ".join(texts(cost)).replace("\n", " "))

    def test_huge_and_tiny_figures_are_drawn(self):
        made_up.edited(file("quickstart.sqlite"), file("huge.sqlite"),
                       "UPDATE evaluations SET loss = 1e200 * (round + 1) WHERE run_id = 1",
                       "UPDATE evaluations SET loss = 1e-9 WHERE run_id = 2",
                       "UPDATE runs SET cost_usd = 1e-9, compute_usd = 1e-9, requests_usd = 0, machines_usd = 0, storage_usd = 0",
                       "UPDATE runs SET cost_usd = 1e9, machines_usd = 1e9 WHERE run_id = 3")
        self.check("huge")

    def test_the_check_finds_faults(self):
        figure, axes = plt.subplots()
        axes.text(0.5, 0.5, "first")
        axes.text(0.51, 0.5, "second")
        axes.text(0.98, 0.2, "far too long for the place it has " * 3)
        found = faults_of(figure)
        self.assertTrue(any("'first' on 'second'" in fault for fault in found), found)
        self.assertTrue(any(fault.startswith("cut off") for fault in found), found)
        plt.close(figure)

    def test_equal_points_get_labels_apart(self):
        figure, axes = plt.subplots()
        axes.set_xlim(0, 1)
        labels.beside_points(axes, [(0.5, 0.5, f"label number {i}") for i in range(8)])
        self.assertEqual(faults_of(figure), [])
        plt.close(figure)

    def test_equal_line_ends_get_entries_apart(self):
        figure, axes = plt.subplots()
        figure.subplots_adjust(right=0.6)
        axes.set_ylim(0, 1)
        labels.in_margin(axes, [(0.97, f"line {i}", style.sample(i)) for i in range(8)])
        self.assertEqual(faults_of(figure), [])
        plt.close(figure)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
