#!/usr/bin/env python3
"""Draws the figures of tensordb_compare: averaging K gradients and updating the model, outside and inside the database.

    tensordb_chart.py FIGURES OUT.png

FIGURES is the file of `tensordb_compare --save`. One panel per transport, one group of bars per model size and K; above
the native bar, how much less time it takes than the hiredis client.
"""

import json
import os
import sys

WAYS = [
    ("hiredis_ms", "hiredis client"),
    ("bare_ms", "bare-socket client"),
    ("torchscript_ms", "TorchScript in database"),
    ("best_ms", "native in database"),
    ("loop_ms", "plain loop"),
]


def read(path):
    with open(path, encoding="utf-8") as lines:
        cells = [json.loads(line) for line in lines if line.strip()]
    for cell in cells:
        cell["best_ms"] = min(cell["native_ms"], cell["fused_ms"])
    return cells


def draw(cells):
    import style

    transports = list(dict.fromkeys(cell["transport"] for cell in cells))
    figure, panels = style.page(9.5, 0.7 + 2.9 * len(transports), "Averaging K gradients and updating the model",
                                "median wall time; above the native bar: less time than the hiredis client takes",
                                ([style.patch(style.PALETTE[way]) for way in range(len(WAYS))], [label for _, label in WAYS]),
                                left=0.085, right=0.98, bottom=0.7, rows=len(transports), clear=0.25, squeeze=False,
                                sharex=True, sharey=True, gridspec_kw={"hspace": 0.22})
    width = 0.8 / len(WAYS)
    for panel, transport in zip(panels[:, 0], transports):
        group = [cell for cell in cells if cell["transport"] == transport]
        for way, (key, _) in enumerate(WAYS):
            places = [i + (way - (len(WAYS) - 1) / 2) * width for i in range(len(group))]
            bars = panel.bar(places, [cell[key] for cell in group], width, color=style.PALETTE[way])
            if key != "best_ms":
                continue
            less = [f"−{100 * (1 - cell['best_ms'] / cell['hiredis_ms']):.1f} %" for cell in group]
            panel.bar_label(bars, less, rotation=90, padding=3, fontsize=8)
        panel.set_yscale("log")
        panel.yaxis.set_major_formatter("{x:g}")
        panel.set_ylabel("milliseconds (log scale)")
        panel.set_title("unix socket" if transport == "unix" else "TCP, loopback", loc="left")
        panel.set_xticks(range(len(group)),
                         [f"{cell['parameters'] / 1e6:g} M\nK = {cell['gradients']}" for cell in group])
    panels[-1, 0].set_xlabel("parameters and gradients")
    return figure


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        import matplotlib
    except ImportError:
        print(f"tensordb_chart: {sys.executable} has no matplotlib (Debian package python3-matplotlib)", file=sys.stderr)
        return 3
    matplotlib.use("Agg")
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "plots"))
    import style

    style.apply()
    cells = read(sys.argv[1])
    if not cells:
        print(f"tensordb_chart: {sys.argv[1]} holds no figures", file=sys.stderr)
        return 2
    try:
        draw(cells).savefig(sys.argv[2])
    except OSError as error:
        print(f"tensordb_chart: cannot write {sys.argv[2]}: {error.strerror or error}", file=sys.stderr)
        return 1
    print(f"chart: {sys.argv[2]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
