"""What the charts work with: Student's t, means over replications, curves, the division of time, axis values, names, colours,
and what is said of damaged files. All on numbers and texts worked by hand. The charts themselves: plots_test.py.

usage: plots_numbers_test.py PLOTS_FOLDER MAKE_RESULTS
"""

import importlib.util
import math
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

import numpy as np  # noqa: E402

import made_up  # noqa: E402
import names  # noqa: E402
import style  # noqa: E402
from axis_values import Axis, compact, short  # noqa: E402
from curves import RunCurve, line_curve, run_curve  # noqa: E402
from estimates import Estimate, student_t  # noqa: E402
from results_file import BadFile, open_results  # noqa: E402
from time_shares import time_shares  # noqa: E402

FOLDER = tempfile.TemporaryDirectory()


def setUpModule():
    subprocess.run([MAKE_RESULTS, FOLDER.name], check=True)


def file(name):
    return os.path.join(FOLDER.name, name)


class Intervals(unittest.TestCase):
    def test_quantiles_are_those_of_the_tables(self):
        # Published values, to the digits that tables give; 25 replications have 24 degrees of freedom.
        published = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 9: 2.262, 10: 2.228, 19: 2.093, 20: 2.086, 21: 2.080,
                     22: 2.074, 23: 2.069, 24: 2.064, 25: 2.060, 26: 2.056, 29: 2.045, 30: 2.042, 40: 2.021, 60: 2.000,
                     99: 1.984, 120: 1.980, 199: 1.972}
        for df, value in published.items():
            self.assertEqual(round(student_t(0.975, df), 3), value, df)
        self.assertAlmostEqual(student_t(0.975, 10**7), 1.959964, places=5)  # the normal distribution's

    def test_quantiles_solve_the_closed_form(self):
        # P(|T| < t) for whole degrees of freedom is a finite sum in the angle atan(t / √df): Abramowitz, Stegun 26.7.3-4.
        def within(t, df):
            theta = math.atan(t / math.sqrt(df))
            sine, cosine = math.sin(theta), math.cos(theta)
            total = term = cosine if df % 2 else 1.0
            if df == 1:
                return 2 * theta / math.pi
            for k in range(3 if df % 2 else 2, df - 1, 2):
                term *= cosine**2 * (k - 1) / k
                total += term
            return 2 / math.pi * (theta + sine * total) if df % 2 else sine * total
        for df in range(1, 201):
            self.assertAlmostEqual(within(student_t(0.975, df), df), 0.95, places=12, msg=str(df))

    def test_interval_of_three_values(self):
        estimate = Estimate.of([1, 2, 3, None])
        self.assertAlmostEqual(estimate.mean, 2)
        self.assertAlmostEqual(estimate.half_width, 4.302652729749 / 3**0.5)

    def test_interval_of_25_values(self):
        values = [float(i % 5) for i in range(25)]  # mean 2, squares 50
        self.assertAlmostEqual(Estimate.of(values).half_width, 2.063898561628 * (50 / 24) ** 0.5 / 5)


class Rows:
    """Stands for results: evaluations as (actor, round, seconds, loss, accuracy)."""

    def __init__(self, *rows):
        self._rows = [dict(zip(("actor", "round", "at_s", "loss", "accuracy"), row)) for row in rows]

    def evaluations(self, _):
        return self._rows


class Curves(unittest.TestCase):
    def test_models_of_a_round_are_one_point(self):
        curve = run_curve(Rows(("a", 1, 5.0, 2.0, 0.2), ("b", 1, 6.0, 4.0, 0.4), ("a", 2, 9.0, 1.0, 0.5)), {}, "accuracy", 1.0)
        self.assertEqual(curve.times, [5.0, 8.0])
        self.assertAlmostEqual(curve.values[0], 0.3)
        self.assertEqual(curve.values[1], 0.5)

    def test_rounds_before_and_after_a_rollback_stay_apart(self):
        rows = Rows(*[("server", number, at, 1.0, accuracy) for number, at, accuracy in
                      ((1, 10.0, 0.2), (2, 20.0, 0.4), (3, 30.0, 0.6), (2, 80.0, 0.4), (3, 90.0, 0.6), (4, 99.0, 0.7))])
        curve = run_curve(rows, {}, "accuracy")
        self.assertEqual(curve.times, [10.0, 20.0, 30.0, 80.0, 90.0, 99.0])
        self.assertEqual(curve.values, [0.2, 0.4, 0.6, 0.4, 0.6, 0.7])
        self.assertEqual(line_curve([curve], Estimate.of).breaks, [3])

    def test_runs_that_end_early_count_on_with_their_last_value(self):
        early = RunCurve([0.0, 10.0], [0.1, 0.5], [0, 0])
        late = RunCurve([0.0, 10.0, 20.0], [0.1, 0.7, 0.9], [0, 0, 0])
        curve = line_curve([early, late], Estimate.of)
        self.assertEqual(list(curve.times), [0.0, 10.0])            # the mean of both, while both go on
        self.assertTrue(np.allclose(curve.mean, [0.1, 0.6]))
        self.assertEqual(list(curve.tail_times), [10.0, 20.0])      # then apart, of both still
        self.assertTrue(np.allclose(curve.tail_mean, [0.6, 0.7]))
        self.assertEqual(curve.end[0], 20.0)
        self.assertAlmostEqual(curve.end[1], Estimate.of([0.5, 0.9]).mean)  # what the table says

    def test_mean_is_over_equal_times(self):
        fast, slow = RunCurve([0.0, 10.0], [0.0, 1.0], [0, 0]), RunCurve([0.0, 20.0], [0.0, 1.0], [0, 0])
        curve = line_curve([fast, slow], Estimate.of)
        self.assertTrue(np.allclose(curve.mean, [0.0, 0.75]))  # at 10 s: 1 and 0.5

    def test_divergence_ends_a_curve_and_is_counted(self):
        rows = Rows(("s", 1, 1.0, 5.0, math.nan), ("s", 2, 2.0, 1e9, math.nan), ("s", 3, 3.0, math.nan, math.nan),
                    ("s", 4, 4.0, math.inf, math.nan))
        curve = run_curve(rows, {}, "loss")
        self.assertEqual((curve.times, curve.diverged_at), ([1.0, 2.0], 3.0))
        other = RunCurve([1.0, 9.0], [4.0, 2.0], [0, 0])
        both = line_curve([curve, other], Estimate.of)
        self.assertEqual((both.diverged, both.times[-1], len(both.tail_times)), (1, 2.0, 0))
        self.assertEqual(run_curve(rows, {}, "accuracy").times, [])


class TimeShares(unittest.TestCase):
    def test_time_of_a_bar_is_the_length_of_the_run(self):
        for name in ("quickstart", "sweep", "grid"):  # full and summary
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

    def test_waiting_for_a_server_to_boot_is_startup(self):
        results = open_results(made_up.with_startup(
            file("quickstart.sqlite"), file("boot.sqlite"), "CASE variant WHEN 'parameter_server' THEN 30 ELSE 0 END", "0"))
        shares = {line.name: time_shares(results, line) for line in results.lines}
        self.assertEqual(set(shares["parameter_server"].startup), {"ready"})
        self.assertAlmostEqual(shares["parameter_server"].startup["ready"], 30)
        self.assertEqual(shares["spirt"].startup, {})


class AxisValues(unittest.TestCase):
    def test_sizes_are_one_kind_and_equal_ones_one_value(self):
        axis = Axis("cloud.function.memory", {"1024 MB": "1024 MB", "1 GB": "1024 MB", "1 GiB": "1024 MB", "2 GB": "2048 MB"})
        self.assertTrue(axis.numeric)
        self.assertEqual(axis.values, ["1024 MB", "2 GB"])
        self.assertEqual(axis.place("1 GiB"), axis.place("1024 MB"))
        self.assertEqual(axis.place("2 GB"), 2 * axis.place("1 GB"))
        self.assertEqual(axis.label("1 GB"), "1024 MB")
        self.assertEqual(axis.twice, [("1 GB", "1024 MB"), ("1 GiB", "1024 MB")])

    def test_units_of_one_kind_mix_and_others_do_not(self):
        self.assertEqual(Axis("a", {"1 min": None, "30 s": None}).values, ["30 s", "1 min"])
        self.assertTrue(Axis("a", {"8 Mbit/s": None, "2 MB/s": None}).numeric)
        self.assertEqual(Axis("a", {"8 Mbit/s": None, "2 MB/s": None}).place("8 Mbit/s"), 1e6)
        for words in (["1 s", "1 MB"], ["spirt", "2"], ["1 parsec"], ["nan"], ["1", "true"]):
            self.assertFalse(Axis("a", dict.fromkeys(words)).numeric, words)

    def test_scale_follows_the_spacing(self):
        def logarithmic(*values):
            return Axis("a", {str(value): value for value in values}).logarithmic
        self.assertFalse(logarithmic(*range(2, 22)))
        self.assertFalse(logarithmic(1, 10, 20, 30, 40))
        self.assertFalse(logarithmic(0, 1, 10, 100))
        self.assertTrue(logarithmic(2, 4, 8, 16))
        self.assertTrue(logarithmic(512, 1024, 1769, 3008, 5120, 10240))

    def test_labels_have_as_few_digits_as_tell_them_apart(self):
        axis = Axis("optimizer.sgd.learning_rate", {"0.001": 0.001, "0.00316227766017": 0.00316227766017, "0.01": 0.01})
        self.assertEqual([axis.label(value) for value in axis.values], ["0.001", "0.00316", "0.01"])
        axis = Axis("a", {"0.12341 s": None, "0.12342 s": None, "2 s": None})
        self.assertEqual([axis.label(value) for value in axis.values], ["0.12341 s", "0.12342 s", "2 s"])
        self.assertEqual(axis.tick("2 s"), "2")

    def test_marks_of_yaml_and_json_are_not_shown(self):
        self.assertEqual(short("cloud.function.memory"), "function memory")
        for typed, seen in (("{parameter_server: {checkpoint_every: 5}}", "parameter_server checkpoint_every 5"),
                            ('{"spirt": {"rule": "mean"}}', "spirt rule mean"), ('"a word"', "a word"), ("'it''s'", "it's"),
                            ("[1, 2]", "1, 2"), ('"{braces: kept}"', "{braces: kept}"), ("plain {x}", "plain {x}"),
                            ("{}", ""), ('"unfinished', "unfinished")):
            self.assertEqual(compact(typed), seen)


class Names(unittest.TestCase):
    def test_every_character_is_seen(self):
        writer = names.Writer()
        for name in ("$x_1^2$", "\\alpha{50%}#&~", "_leading", "Größe µ", "  spaces  ", "мир"):
            self.assertEqual(writer.shown(name), name)
        for name, seen in (("a\nb", "a<U+000A>b"), ("\u202eabc", "<U+202E>abc"), ("a\u200bb", "a<U+200B>b"),
                           ("\x00\x1b[31m", "<U+0000><U+001B>[31m"), ("\ud800", "<U+D800>"), ("\U0010ffff", "<U+10FFFF>"),
                           ("a\u00a0b", "a<U+00A0>b")):
            self.assertEqual(writer.shown(name), seen)

    def test_glyphs_that_no_font_has_are_code_points(self):
        writer = names.Writer()
        seen = writer.shown("火\U0001f9ff")
        for c in "火\U0001f9ff":  # this machine may have a font for it
            self.assertTrue(c in seen and len(writer.fonts) > 1 or f"<U+{ord(c):04X}>" in seen, ascii(seen))

    def test_right_to_left_is_drawn_as_it_is_read(self):
        self.assertEqual(names.Writer().shown("abc שלום עולם 12"), "abc םלוע םולש 12")
        self.assertEqual(names.Writer(reorder=False).shown("שלום"), "שלום")

    def test_wrapping_loses_nothing(self):
        for name in ("spirt, function memory 512 MB", "x" * 300, "W" * 50 + " " + "i" * 90, "", " ", "a  b " * 30):
            lines = names.wrapped(name, 20).split("\n")
            self.assertEqual("".join("".join(lines).split()), "".join(name.split()))
            self.assertLess(max(names.width(line) for line in lines), 13)


class Colours(unittest.TestCase):
    @staticmethod
    def lab(colour):
        rgb = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        rgb = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
        f = [c ** (1 / 3) if c > (6 / 29) ** 3 else c / (3 * (6 / 29) ** 2) + 4 / 29 for c in xyz / [0.95047, 1, 1.08883]]
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    def test_phases_can_be_told_apart(self):
        colours = {**style.PHASES, **{f"unlisted {i}": c for i, c in enumerate(style.UNLISTED)}}
        places = {phase: self.lab(colour) for phase, colour in colours.items()}
        for a in places:
            for b in places:
                if a < b and {a, b} != {"barrier", "idle"}:
                    self.assertGreater(np.linalg.norm(places[a] - places[b]), 28, (a, b))

    def test_every_phase_of_the_program_has_a_colour(self):
        header = os.path.join(PLOTS, "..", "models", "phase.h")
        with open(header, encoding="utf-8") as text:
            body = text.read().split("enum class Phase", 1)[1].split("};")[0]
        listed = {line.strip().split(",")[0] for line in body.split("\n") if "///<" in line}
        self.assertEqual(listed - {"rent"} - set(style.PHASES), set())  # rent: of charges only

    def test_an_unlisted_phase_keeps_its_look(self):
        self.assertEqual(style.phase_look("gossip"), style.phase_look("gossip"))
        self.assertIsNotNone(style.phase_look("gossip")[1])
        self.assertEqual(sorted(["idle", "gossip", "compute"], key=style.phase_order), ["compute", "gossip", "idle"])

    def test_series_look_different(self):
        self.assertEqual(len({style.colour(i) for i in range(8)}), 8)
        self.assertEqual(len({(style.colour(i), style.marker(i)) for i in range(64)}), 64)

    def test_quantities_read_well(self):
        self.assertEqual([style.duration(s) for s in (0.05, 12.34, 590, 7200, 90000)],
                         ["50 ms", "12.3 s", "590 s", "120 min", "25 h"])
        self.assertEqual([style.usd(v) for v in (0, 0.00759, 0.0199, 1234.5)], ["$0", "$0.00759", "$0.0199", "$1,234.50"])

    def test_pages_are_even_and_whole(self):
        self.assertEqual([len(page) for page in style.pages(list(range(37)), 36)], [19, 18])
        self.assertEqual([len(page) for page in style.pages(list(range(36)), 36)], [36])
        self.assertEqual(sum(style.pages(list(range(60)), 8), []), list(range(60)))


class Damage(unittest.TestCase):
    """(SQL, what the message says) for what is read at once; the charts' own tables: plots_test.py."""

    def test_says_which_cell(self):
        for sql, message in (
                ("UPDATE runs SET cost_usd = 'abc' WHERE run_id = 2", "runs.cost_usd of run 2: 'abc' is no number"),
                ("UPDATE runs SET simulated_s = -1.0 WHERE run_id = 1", "runs.simulated_s of run 1: '-1.0' is not within 0"),
                ("UPDATE runs SET simulated_s = 9e999", "runs.simulated_s of run 0: 'inf' is not finite"),
                ("UPDATE runs SET accuracy = 87", "runs.accuracy of run 0: '87.0' is not within 0 and 1"),
                ("UPDATE runs SET variant = x'00'", "runs.variant of run 0"),
                ("UPDATE runs SET status = x'00'", "runs.status of run 0"),
                ("UPDATE runs SET point = 'first'", "runs.point of run 0: 'first' is no number"),
                ("DROP TABLE sweep_values", "no such table: sweep_values"),
                ("ALTER TABLE runs DROP COLUMN cost_usd", "table runs has no column cost_usd")):
            path = made_up.edited(file("quickstart.sqlite"), file("damaged.sqlite"), sql)
            with self.assertRaises(BadFile) as caught:
                open_results(path)
            self.assertIn(message, str(caught.exception))
            self.assertIn("damaged", str(caught.exception))

    def test_text_that_is_not_utf8_is_shown(self):
        path = made_up.edited(file("quickstart.sqlite"), file("latin.sqlite"),
                              "UPDATE runs SET variant = CAST(x'47f6' AS TEXT) WHERE run_id = 0")
        self.assertEqual(open_results(path).lines[0].name, "G\\xf6")

    def test_figures_of_older_files_may_be_missing(self):
        results = open_results(made_up.edited(file("quickstart.sqlite"), file("less.sqlite"),
                                              "ALTER TABLE runs DROP COLUMN machines_usd"))
        self.assertTrue(math.isnan(results.lines[0].estimate("machines_usd").mean))

    def test_startup_is_apart_where_it_is_known(self):
        path = made_up.with_startup(file("quickstart.sqlite"), file("startup.sqlite"), "20", "cost_usd / 4")
        results = open_results(path)
        line = results.lines[0]
        self.assertTrue(results.startup_matters)
        self.assertAlmostEqual(line.estimate("training_s").mean, line.estimate("simulated_s").mean - 20)
        self.assertAlmostEqual(line.estimate("training_usd").mean, 0.75 * line.estimate("cost_usd").mean)
        self.assertEqual(results.origin(line.runs[0]), 20)
        never = open_results(made_up.with_startup(file("quickstart.sqlite"), file("never.sqlite"), "simulated_s", "cost_usd"))
        self.assertEqual(never.origin(never.lines[0].runs[0]), 0)  # training never began: charts count from the order
        path = made_up.with_startup(file("quickstart.sqlite"), file("none.sqlite"), "0", "0")
        self.assertFalse(open_results(path).startup_matters)


if __name__ == "__main__":
    assert sqlite3.sqlite_version_info >= (3, 35), "ALTER TABLE … DROP COLUMN"
    unittest.main(argv=[sys.argv[0]])
