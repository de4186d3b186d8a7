"""The charts: that every chart of made-up results is written, is an image with something on it, has no label on another
and none cut off, is the same when drawn again, and that files that cannot be drawn are refused. Reading, intervals and the
division of time are checked on numbers worked by hand. Whether a chart is beautiful is for people to say.

usage: plots_test.py PLOTS_FOLDER MAKE_RESULTS
"""

import importlib.util
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

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
import plot  # noqa: E402
import style  # noqa: E402
from charts import LeftOut  # noqa: E402
from results_file import Estimate, compact, numbers, open_results, short  # noqa: E402
from time_shares import time_shares  # noqa: E402

FOLDER = tempfile.TemporaryDirectory()
EXPECTED = {
    "quickstart": ["accuracy_over_time", "cost_against_accuracy", "cost_breakdown", "time_breakdown"],
    "sweep": ["cost_breakdown", "time_breakdown", "cost_against_time", "by_architecture", "by_cloud_function_memory"],
    "grid": ["cost_against_accuracy", "cost_breakdown", "time_breakdown", "cost_against_time", "by_workers",
             "by_functions_memory"],
}


def setUpModule():
    subprocess.run([MAKE_RESULTS, FOLDER.name], check=True)


def file(name):
    return os.path.join(FOLDER.name, name)


def run(*arguments):
    return subprocess.run([sys.executable, "-B", os.path.join(PLOTS, "plot.py"), *arguments], capture_output=True, text=True)


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
            for path in paths:
                pixels = matplotlib.image.imread(path)[:, :, :3]
                drawn = (pixels < 0.98).any(axis=2).mean()
                self.assertGreater(drawn, 0.01, path)
                self.assertLess(drawn, 0.7, path)

    def test_says_what_is_left_out(self):
        done = run(file("sweep.sqlite"), "--out", file("out-sweep"))
        self.assertIn("accuracy_over_time left out: the runs have no accuracy (learning: none)", done.stderr)
        self.assertIn("function memory 256 MB is not shown: infeasible: memory too small", done.stderr)

    def test_writes_vector_formats_the_same_every_time(self):
        for ending, start, times in (("svg", b"<?xml", 2), ("pdf", b"%PDF", 1)):
            contents = []
            for out in ("a", "b")[:times]:
                self.assertEqual(run(file("quickstart.sqlite"), "--out", file(out), "--format", ending).returncode, 0)
                with open(os.path.join(file(out), f"accuracy_over_time.{ending}"), "rb") as chart:
                    contents.append(chart.read())
            self.assertTrue(contents[0].startswith(start))
            self.assertEqual(contents[0], contents[-1])

    def test_refuses_what_it_cannot_draw(self):
        with open(file("text"), "w", encoding="utf-8") as text:
            text.write("no database " * 100)
        sqlite3.connect(file("other")).execute("CREATE TABLE t (x)").connection.commit()
        with open(file("quickstart.sqlite"), "rb") as whole, open(file("old"), "wb") as copy:
            copy.write(whole.read())
        connection = sqlite3.connect(file("old"))
        connection.execute("PRAGMA user_version = 999")
        connection.close()
        for name, code, message in (("text", 2, "not a results file"), ("other", 2, "not a results file"),
                                    ("old", 2, "version 999"), ("nowhere", 3, "no such file"), ("", 2, "a folder"),
                                    ("empty.sqlite", 2, "holds no runs yet")):
            done = run(file(name), "--out", file("refused"))
            self.assertEqual(done.returncode, code, name)
            self.assertIn(message, done.stderr)
            self.assertEqual(len(done.stderr.strip().split("\n")), 1, done.stderr)
        self.assertFalse(os.path.exists(file("refused")))

    def test_does_without_charts_when_no_run_is_done(self):
        done = run(file("infeasible.sqlite"), "--out", file("none"))
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("there is nothing to draw", done.stderr)

    def test_says_when_it_cannot_write(self):
        done = run(file("quickstart.sqlite"), "--out", "/proc/charts")
        self.assertEqual(done.returncode, 3)
        self.assertIn("cannot write charts", done.stderr)


class Looks(unittest.TestCase):
    def setUp(self):
        style.apply()

    def test_no_label_lies_on_another_or_is_cut_off(self):
        for name in EXPECTED:
            results = open_results(file(name + ".sqlite"))
            for chart, draw in plot.charts_of(results):
                try:
                    figure = draw(results)
                except LeftOut:
                    continue
                self.assertEqual(faults_of(figure), [], f"{name}: {chart}")
                plt.close(figure)

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

    def test_series_look_different(self):
        looks = {(style.colour(i), style.marker(i)) for i in range(16)}
        self.assertEqual(len(looks), 16)


class Numbers(unittest.TestCase):
    def test_interval_of_three_values(self):
        estimate = Estimate.of([1, 2, 3, None])
        self.assertAlmostEqual(estimate.mean, 2)
        self.assertAlmostEqual(estimate.half_width, 4.303 / 3**0.5)

    def test_time_of_a_bar_is_the_length_of_the_run(self):
        for name in EXPECTED:  # full and summary
            results = open_results(file(name + ".sqlite"))
            for line in results.lines:
                shares = time_shares(results, line)
                self.assertAlmostEqual(sum(shares.seconds.values()), line.estimate("simulated_s").mean, places=6)

    def test_summary_and_full_detail_divide_the_time_alike(self):
        full, summary = (open_results(file(name + ".sqlite")) for name in ("quickstart", "quickstart_summary"))
        for a, b in zip(full.lines, summary.lines):
            a, b = time_shares(full, a), time_shares(summary, b)
            for part in ("startup", "training"):
                self.assertEqual(sorted(getattr(a, part)), sorted(getattr(b, part)))
                for phase, seconds in getattr(a, part).items():
                    self.assertAlmostEqual(seconds, getattr(b, part)[phase], places=6)

    def test_axes_are_read_as_numbers_with_one_unit(self):
        self.assertEqual(numbers(["512 MB", "1769 MB"]), [512, 1769])
        self.assertEqual(numbers(["2", "16"]), [2, 16])
        self.assertIsNone(numbers(["512 MB", "1 GB"]))
        self.assertIsNone(numbers(["spirt", "parameter_server"]))
        self.assertEqual(short("cloud.function.memory"), "function memory")
        self.assertEqual(compact("{parameter_server: {checkpoint_every: 5}}"), "parameter_server checkpoint_every 5")

    def test_quantities_read_well(self):
        self.assertEqual([style.duration(s) for s in (0.05, 12.34, 590, 7200, 90000)],
                         ["50 ms", "12.3 s", "590 s", "120 min", "25 h"])
        self.assertEqual([style.usd(v) for v in (0, 0.00759, 0.0199, 1234.5)], ["$0", "$0.00759", "$0.0199", "$1,234.50"])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
