#!/usr/bin/env python3
"""Writes the conformance vectors, one file a rule: python3 generate.py [FOLDER]. The same numbers every time; what is written is
committed, and reference.py says what is right."""

import json
import math
import pathlib
import sys

import numpy as np

import reference

D = 5
# Settings of a rule besides f, and what it wants at hand.
SETTINGS = {"centered_clipping": {"radius": 2.0}, "norm_clipping": {"norm": 1.5}, "clip": {"norm": 1.5},
            "bucketing": {"s": 2, "shuffle": False}}
AT_HAND = {"monna": "own", "zeno": "reference", "fltrust": "reference", "centered_clipping": "previous"}
SECOND = {"clip": {"median": {}}, "arc": {"trimmed_mean": {"f": 1}}, "nnm": {"trimmed_mean": {"f": 1}},
          "bucketing": {"median": {}}}
NO_EQUAL_ROWS = {"caf", "dnc"}  # the first principal direction is then not one


def float32(values):
    return np.asarray(values, dtype=np.float32).astype(float)


def gaussian(n, seed, d=D, center=1.0):
    return float32(np.random.RandomState(seed).normal(center, 1.0, (n, d)))


def least(name, f):
    per_f, fixed = reference.LEAST.get(name, (0, 1))
    return per_f * f + fixed


def written(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return [written(each) for each in value]
    value = float(value)
    if math.isnan(value):
        return "nan"
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


class Cases:
    def __init__(self, name):
        self.name, self.all = name, []
        self.has_f = name in reference.LEAST

    def add(self, what, rows, f=None, context=None, **settings):
        parameters = {**SETTINGS.get(self.name, {}), **settings}
        if self.has_f:
            parameters["f"] = 1 if f is None else f
        if self.name in SECOND:
            parameters.setdefault("rule", SECOND[self.name])
        if context is None:
            context = {}
            if self.name in AT_HAND:
                context = {AT_HAND[self.name]: float32(np.random.RandomState(5).normal(0.8, 0.5, rows.shape[1]))}
        expected, left_out = reference.combined(self.name, rows, parameters, **context)
        self.all.append({"name": what, "parameters": parameters,
                         **{key: written(value) for key, value in context.items()},
                         "rows": written(rows), "left_out": left_out, "expected": written(expected)})


def cases_of(name):
    cases = Cases(name)
    f = 2 if cases.has_f else None
    n = max(least(name, 2), 11)
    rows = gaussian(n, 1)
    cases.add("ordinary", rows, f)
    cases.add("the same rows in another order", rows[np.random.RandomState(2).permutation(n)], f)
    cases.add("an even number of rows", gaussian(n + 1, 3), f)
    cases.add("one column", gaussian(n, 12, d=1), f)
    if cases.has_f:
        cases.add("f = 0", rows, 0)
        for limit in (1, 2):
            enough = max(least(name, limit), 3 if name in SECOND else 1)
            cases.add(f"n at the limit, f = {limit}", gaussian(enough, 10 + limit), limit)
    else:
        cases.add("a single row", gaussian(1, 4))
    far = rows.copy()
    far[[3, 7]] = float32(far[[3, 7]] * -100)
    cases.add("two rows far away", far, f)
    if name != "mean":
        far[[3, 7]] = [[1e30] * D, [-1e30] * D]
        if name not in ("mean", "nan_safe_mean", "clip", "bucketing"):
            cases.add("two rows of 1e30", far, f)
    if name not in NO_EQUAL_ROWS:
        ties = float32(np.random.RandomState(6).randint(-2, 3, (n, D)))
        ties[5] = ties[1]
        ties[8] = ties[2]
        cases.add("whole numbers, so that values and distances tie", ties, f)
        cases.add("equal rows", float32(np.tile(gaussian(1, 7), (n, 1))), f)
    bad = rows.copy()
    bad[2, 1] = math.nan
    bad[6, 0] = math.inf
    bad[6, 4] = -math.inf
    if name == "mean":
        cases.add("NaN and infinity go through", np.where(np.arange(n)[:, None] == 6, rows, bad))
    else:
        cases.add("two rows with NaN and infinity", bad, f)
        more = bad.copy()
        more[0] = math.nan
        cases.add("more of them than f", more, f)
    if name not in ("centered_clipping", "norm_clipping", "clip", "zeno", "fltrust", "monna"):
        cases.add("denormals", float32(gaussian(n, 8) * 1e-42), f)
    if name not in ("zeno", "fltrust", "monna"):
        cases.add("large values", float32(gaussian(n, 9) * 1e36), f)
    if name == "multi_krum":
        cases.add("m = 3", rows, f, m=3)
    if name == "dnc":
        cases.add("half as many marked", rows, f, filter=0.5)
    if name == "centered_clipping":
        cases.add("from zero", rows, context={})
        cases.add("three steps", rows, iterations=3)
    if name == "fltrust":
        cases.add("nobody is trusted", float32(np.abs(rows) * -1),
                  context={"reference": float32(np.abs(gaussian(1, 5)[0]))})
    if name in SECOND:
        for second in ({"krum": {"f": 1}}, {"geometric_median": {}}, {"nnm": {"f": 1, "rule": {"median": {}}}}):
            cases.add(f"then {next(iter(second))}", rows, f, rule=second)
    return cases.all


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    for name in reference.RULES:
        lines = ",\n".join("  " + json.dumps(case) for case in cases_of(name))
        (folder / f"{name}.json").write_text(f'{{"rule": "{name}", "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
