#!/usr/bin/env python3
"""Draws the charts of a results file.

    plot.py RESULTS [--out DIR] [--format png|svg|pdf]

Prints the path of each chart that was written, and on standard error what was left out and why. Exit codes: 0 done,
2 not a results file, 3 something is missing on this machine.
"""

import argparse
import os
import re
import sys


def arguments():
    parser = argparse.ArgumentParser(description="Draws the charts of a windtunnel results file.")
    parser.add_argument("results", help="results.sqlite of a run or sweep")
    parser.add_argument("--out", help="folder for the charts (default: that of the results)")
    parser.add_argument("--format", choices=["png", "svg", "pdf"], default="png")
    return parser.parse_args()


def charts_of(results):
    """(file name without ending, function that draws it) of every chart for these results."""
    import charts
    import sweep_charts

    found = [("accuracy_over_time", charts.accuracy_over_time), ("cost_against_accuracy", charts.cost_against_accuracy),
             ("cost_breakdown", charts.cost_breakdown), ("time_breakdown", charts.time_breakdown)]
    axes = {path: values for path, values in results.axes.items() if len(values) > 1}
    if axes:
        found.append(("cost_against_time", sweep_charts.cost_against_time))
        found += [("by_" + re.sub(r"[^A-Za-z0-9]+", "_", path), sweep_charts.over_axis(path)) for path in axes]
    return found


def save(figure, path):
    """Writes the figure so that the same results give the same file."""
    metadata = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[path.rsplit(".", 1)[1]]
    figure.savefig(path, metadata=metadata)


def main():
    options = arguments()
    from results_file import BadFile, open_results

    try:
        results = open_results(options.results)
    except BadFile as error:
        print(f"plot: {error}", file=sys.stderr)
        return error.code
    try:
        import matplotlib
    except ImportError:
        print(f"plot: {sys.executable} has no matplotlib (Debian package python3-matplotlib)", file=sys.stderr)
        return 3
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    import style
    from charts import LeftOut

    style.apply()
    folder = options.out or os.path.dirname(os.path.abspath(options.results))
    for name, status, reason in results.left_out:
        print(f"plot: {name} is not shown: {status}: {reason}", file=sys.stderr)
    if not results.lines:
        print(f"plot: {options.results}: no run is done, there is nothing to draw", file=sys.stderr)
        return 0
    try:
        os.makedirs(folder, exist_ok=True)
        for name, draw in charts_of(results):
            try:
                figure = draw(results)
            except LeftOut as reason:
                print(f"plot: {name} left out: {reason}", file=sys.stderr)
                continue
            path = os.path.join(folder, f"{name}.{options.format}")
            save(figure, path)
            plt.close(figure)
            print(path)
    except OSError as error:
        print(f"plot: cannot write charts to {folder}: {error.strerror or error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
