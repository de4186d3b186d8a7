#!/usr/bin/env python3
"""Draws the charts of a results file.

    plot.py RESULTS [--out DIR] [--format png|svg|pdf]

Prints the path of each chart that was written, and on standard error what was left out and why. Exit codes: 0 done, 1 the
results cannot be drawn or the charts not written, 2 wrong use, 3 matplotlib is missing, 130 interrupted.
"""

import argparse
import os
import re
import sys
import traceback

OLDEST = (3, 6)  # matplotlib: fonts that stand in for each other, text that is never taken for mathematics


class Unusable(Exception):
    """There is no matplotlib that can be used; the message says why."""


def arguments():
    parser = argparse.ArgumentParser(description="Draws the charts of a windtunnel results file.")
    parser.add_argument("results", help="results.sqlite of a run or sweep")
    parser.add_argument("--out", help="folder for the charts (default: that of the results)")
    parser.add_argument("--format", choices=["png", "svg", "pdf"], default="png")
    return parser.parse_args()


def charts_of(results):
    """(file name without ending, function that draws it) of every chart for these results."""
    import breakdowns
    import learning_charts
    import participants
    import points
    import sweep_charts

    found = [("accuracy_over_time", learning_charts.accuracy_over_time), ("loss_over_time", learning_charts.loss_over_time),
             ("cost_against_accuracy", points.cost_against_accuracy), ("cost_breakdown", breakdowns.cost_breakdown),
             ("time_breakdown", breakdowns.time_breakdown), ("participants_over_time", participants.participants_over_time)]
    if results.varied:
        found += [("cost_against_time", sweep_charts.cost_against_time("run")),
                  ("cost_against_time_training", sweep_charts.cost_against_time("training"))]
    for path in results.varied:
        name = "by_" + re.sub(r"[^A-Za-z0-9]+", "_", path)
        while name in dict(found):
            name += "_"
        found.append((name, sweep_charts.over_axis(path)))
    return found


def save(figure, path):
    """Writes the figure so that the same results give the same file, and all of it or nothing."""
    ending = path.rsplit(".", 1)[1]
    metadata = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[ending]
    unfinished = path + ".part"
    try:
        figure.savefig(unfinished, format=ending, metadata=metadata)
        os.replace(unfinished, path)
    finally:
        if os.path.exists(unfinished):
            os.remove(unfinished)


def load_matplotlib():
    """Raises Unusable."""
    os.environ.pop("MPLBACKEND", None)  # we draw into files
    try:
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot  # noqa: F401
    except ImportError as error:
        raise Unusable(f"{sys.executable} cannot import matplotlib: {error} (Debian package python3-matplotlib)") from None
    except Exception as error:  # whatever is wrong with it, it is not of use
        raise Unusable(f"{sys.executable} has a broken matplotlib: {type(error).__name__}: {error}") from None
    version = tuple(int(number) for number in re.findall(r"\d+", matplotlib.__version__)[:2])
    if version < OLDEST:
        raise Unusable(f"{sys.executable} has matplotlib {matplotlib.__version__}, "
                       f"{'.'.join(map(str, OLDEST))} or newer is needed")


def draw_all(results, folder, ending):
    """Writes every chart; True when none failed. Raises OSError when they cannot be written, Damaged for a damaged file."""
    import matplotlib.pyplot as plt

    from cells import Damaged
    from left_out import LeftOut

    good = True
    os.makedirs(folder, exist_ok=True)
    for name, draw in charts_of(results):
        pages = 0
        try:
            for figure in draw(results):
                pages += 1
                path = os.path.join(folder, f"{name}{'' if pages == 1 else f'_{pages}'}.{ending}")
                save(figure, path)
                plt.close(figure)
                print(path, flush=True)
        except LeftOut as reason:
            note(f"{name} left out: {reason}")
        except (OSError, Damaged):
            raise
        except Exception as error:  # one chart that fails does not take the others with it, and is reported as what it is
            good = False
            note(f"{name} cannot be drawn: {described(error)}")
        while pages > 0 and os.path.exists(old := os.path.join(folder, f"{name}_{pages + 1}.{ending}")):
            os.remove(old)  # a page of an earlier drawing that had more
            pages += 1
        plt.close("all")
    return good


def described(error):
    """An error of ours, in one line with its place."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text} ({os.path.basename(place.filename)}:{place.lineno})"


def note(text):
    print(f"plot: {text}", file=sys.stderr, flush=True)


def run(options):
    load_matplotlib()
    import style
    from cells import Damaged
    from names import Writer
    from results_file import BadFile, open_results

    folder = options.out or os.path.dirname(os.path.abspath(options.results))
    try:
        writer = Writer(reorder=options.format != "svg")
        results = open_results(options.results, writer.shown)
        for name, status, reason in results.left_out:
            note(f"{name} is not shown: {status}: {reason}")
        for axis in results.axes.values():
            for value, same in axis.twice:
                note(f"{axis.name}: {writer.shown(value)} is the same as {writer.shown(same)} and shown once where it is an axis")
        if not results.lines:
            note(f"{options.results}: no run is done, there is nothing to draw")
            return 0
        style.apply(writer.fonts)
        return 0 if draw_all(results, folder, options.format) else 1
    except (BadFile, Damaged) as error:
        note(error)
    except OSError as error:
        note(f"cannot write charts to {folder}: {error.strerror or error}")
    return 1


def main():
    options = arguments()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    try:
        return run(options)
    except Unusable as error:
        note(error)
        return 3
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        note(described(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
