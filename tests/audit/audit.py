#!/usr/bin/env python3
"""Audits bills independently of the program:  audit.py RESULTS [--prices DIR] [--windtunnel PROGRAM] [--verbose]

RESULTS is a results.sqlite, or its folder. Each run's bill is worked out again from the rows of what was used (invocations or
calls, requests, rentals, workflow_runs, stored) and from the price sheet; the ledger is never read for it. Then each item is
compared with the ledger, the ledger with tables `items` and `runs` and, given --windtunnel, with `compare --format json`.
Shares no code with the program. Runs stored in full are worked out call by call and machine by machine; of a summary the sums
by all that decides a price are, so whole milliseconds and started hours are taken as they are told there.

Exit code: 0 every item of every run agrees, 1 something differs, 2 not a results file of this program.
"""

import argparse
import json
import math
import pathlib
import sqlite3
import subprocess
import sys
from collections import defaultdict
from fractions import Fraction

import prices as sheets

TOLERANCE = 1e-9  # relative; the program adds up doubles
MONTH_S = 30 * 86400
MESSAGE = 64 * 1024  # bytes of a queue's message that are one request
FREE_TMP_MB = 512


def nanoseconds(seconds):
    """The whole nanoseconds that a stored time is the nearest double of; exact below 100 days."""
    return round(seconds * 1e9)


def milliseconds(ns):
    """Started milliseconds, in seconds."""
    return Fraction(-(-ns // 10**6), 1000)


def close(a, b, least=0.0):
    return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=least)


class Run:
    """What one run used, by item of the price sheet, from its raw rows."""

    def __init__(self, db, row, sheet):
        self.db, self.row, self.sheet, self.faults = db, row, sheet, []

    def rows(self, table, columns="*", where="1"):
        cursor = self.db.execute(f"SELECT {columns} FROM {table} WHERE run_id = ? AND {where} ORDER BY n",
                                 (self.row["run_id"],))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values)) for values in cursor]

    def quantities(self):
        used = defaultdict(Fraction)
        for part in (self.functions, self.requests, self.machines, self.workflows, self.storage):
            part(used)
        return {item: float(quantity) for item, quantity in used.items() if quantity > 0}

    # Functions: a request each; started milliseconds × GB (MB / 1024) of running; what INIT adds to them is an item of its own,
    # unless the package is an image, whose INIT always counts as running; /tmp above what is free likewise.
    def functions(self, used):
        calls = self.rows("calls")
        if self.row["detail"] == "full":
            told, calls = calls, self.calls()
            if [[call[k] for k in ("memory_mb", "tmp_mb", "processor", "package", "count")] for call in told] != [
                    [call[k] for k in ("memory_mb", "tmp_mb", "processor", "package", "count")] for call in calls]:
                self.faults.append("table calls does not sum up table invocations")
            for mine, theirs in zip(calls, told):
                for column in ("billed_s", "without_init_s", "with_init_s"):
                    if not close(float(mine[column]), theirs[column]):
                        self.faults.append(f"calls.{column} is {theirs[column]}, its invocations {float(mine[column])}")
        for call in calls:
            used["lambda.requests"] += call["count"]
            image = call["package"] == "image"
            ran = Fraction(call["with_init_s"] if image else call["without_init_s"])
            init = Fraction(call["with_init_s"]) - ran
            gb = Fraction(call["memory_mb"], 1024)
            tmp_gb = Fraction(call["tmp_mb"] - FREE_TMP_MB, 1024)
            used["lambda.duration." + call["processor"]] += ran * gb
            used["lambda.init." + call["processor"]] += init * gb
            used["lambda.tmp"] += ran * tmp_gb
            used["lambda.init.tmp"] += init * tmp_gb

    def calls(self):
        """The rows of `calls`, from those of `invocations`; an INIT that is paid for is part of billed_s."""
        sums = {}
        for call in self.rows("invocations"):
            if not call["placed"]:
                if call["billed_s"] != 0:
                    self.faults.append(f"invocation {call['n']} had no instance and is billed {call['billed_s']} s")
                continue
            ran = nanoseconds(call["ended_s"]) - nanoseconds(call["started_s"])
            if call["status"] in ("done", "failed"):
                ran = max(ran, 1)  # what ran for no time is billed as a millisecond
            init = nanoseconds(call["init_s"])
            without, together = milliseconds(ran), milliseconds(ran + init)
            billed = together if self.sheet.init_billed or call["package"] == "image" else without
            if not close(float(billed), call["billed_s"]):
                self.faults.append(f"invocation {call['n']} ({call['status']}): billed_s {call['billed_s']}, "
                                   f"by its times {float(billed)}")
            key = (call["memory_mb"], call["tmp_mb"], call["processor"], call["package"])
            row = sums.setdefault(key, dict(zip(("memory_mb", "tmp_mb", "processor", "package"), key), count=0,
                                            billed_s=Fraction(0), without_init_s=Fraction(0), with_init_s=Fraction(0)))
            row["count"] += 1
            row["billed_s"] += billed
            row["without_init_s"] += without
            row["with_init_s"] += together
        return [sums[key] for key in sorted(sums)]

    # Object store: by the request, whatever its size. Queue: by started 64 KB of each message, one at least.
    def requests(self, used):
        for row in self.rows("requests"):
            operation = row["operation"]
            if operation.startswith("sqs."):
                used[operation] += row["count"] * max(1, -(-row["size_bytes"] // MESSAGE))
            elif operation.startswith("s3."):
                used[operation] += row["count"]
            elif not operation.startswith("stepfunctions."):  # those are counted by their workflows
                self.faults.append(f"requests of {operation}, which nothing is known of")

    # Machines and database nodes: the minimum at least, in started steps, both as the price sheet says; and the work above
    # CPU credits that is paid for.
    def machines(self, used):
        for row in self.rows("rentals"):
            billed = Fraction(nanoseconds(row["billed_s"]), 10**9)
            if self.row["detail"] == "full":
                held = nanoseconds(row["released_s"]) - nanoseconds(row["rented_s"])
                mine = Fraction(self.sheet.billed_ns(row["item"], held), 10**9)
                if mine != billed:
                    self.faults.append(f"rental of {row['actor']} ({row['item']}): billed {float(billed)} s, "
                                       f"by its times {float(mine)} s")
                billed = mine
            used[row["item"]] += billed / 3600
            service = row["item"].split(".")[0]
            used[service + ".cpu_credits"] += Fraction(row["surplus_vcpu_s"]) / 3600

    # Workflows: standard ones by the transition; express ones by the execution, and by started 100 ms × memory in GB.
    def workflows(self, used):
        told = sum(row["count"] for row in self.rows("requests", where="operation = 'stepfunctions.transitions'"))
        transitions = 0
        for row in self.rows("workflow_runs"):
            if not row["express"]:
                transitions += row["transitions"]
                continue
            steps = row["express_steps"]
            if self.row["detail"] == "full":
                steps = -(-(nanoseconds(row["end_s"]) - nanoseconds(row["start_s"])) // 10**8)
            used["stepfunctions.express.requests"] += row["count"]
            used["stepfunctions.express.duration"] += Fraction(steps, 10) * Fraction(row["memory_mb"], 1024)
        used["stepfunctions.transitions"] += transitions
        if transitions != told:
            self.faults.append(f"workflow_runs have {transitions} transitions, requests {told}")

    # Object store: what is kept, from each change until the next or the end of the run, in GB of 2^30 bytes and months.
    def storage(self, used):
        rows = self.rows("stored")
        ends = [row["at_s"] for row in rows[1:]] + [self.row["simulated_s"]]
        for row, end in zip(rows, ends):
            kept_ns = nanoseconds(end) - nanoseconds(row["at_s"])
            used["s3.storage"] += Fraction(row["bytes"] * kept_ns, 2**30 * MONTH_S * 10**9)


def audit(db, row, sheet, verbose):
    """Number of differences of one run; prints them."""
    run = Run(db, row, sheet)
    mine = run.quantities()
    label = f"run {row['run_id']} ({', '.join(filter(None, (row['variant'] or row['architecture'], row['point_label'])))})"
    found = [f"{label}: {fault}" for fault in run.faults]
    ledger, kinds = defaultdict(lambda: [0.0, 0.0]), defaultdict(float)
    for line in run.rows("ledger"):
        ledger[line["item"]][0] += line["quantity"]
        ledger[line["item"]][1] += line["usd"]
        kinds[line["kind"]] += line["usd"]
    for item in sorted(set(mine) | set(ledger)):
        own, (theirs, usd) = mine.get(item, 0.0), ledger[item]
        text = f"{label}: {item}: the ledger has {theirs:.12g} for {usd:.12g} USD, the raw rows {own:.12g}"
        if not close(own, theirs):
            found.append(text)
        elif verbose:
            print("  agrees: " + text)
    # Money: items that share tiers are priced together.
    for items in sheet.groups(mine):
        price = sheet.cost(items[0], sum(mine[item] for item in items))
        usd = sum(ledger[item][1] for item in items)
        if not close(price, usd):
            found.append(f"{label}: {' and '.join(items)}: the ledger has {usd:.12g} USD, by the price sheet {price:.12g}")
    total = sum(kinds.values())
    for column, usd in dict({f"{kind}_usd": kinds[kind] for kind in ("compute", "requests", "storage", "machines")},
                            cost_usd=total).items():
        if not close(usd, row[column], 1e-15):
            found.append(f"{label}: runs.{column} {row[column]:.12g}, its ledger rows {usd:.12g}")
    if not close(row["startup_usd"] + row["training_usd"], total, 1e-15):
        found.append(f"{label}: start-up and training cost {row['startup_usd'] + row['training_usd']:.12g}, all {total:.12g}")
    items = {line["item"]: line for line in run.rows("items")}
    if set(items) != {item for item, (quantity, _) in ledger.items() if quantity > 0}:
        found.append(f"{label}: table items has {sorted(items)}, the ledger {sorted(ledger)}")
    for item, line in items.items():
        if not close(line["quantity"], ledger[item][0]) or not 0 <= line["startup_quantity"] <= line["quantity"] * (1 + TOLERANCE):
            found.append(f"{label}: items: {line}")
    for text in found:
        print("  " + text)
    return len(found)


def compare(db, path, program):
    """Differences between `compare --format json` and the ledger, by line: mean total and mean by service."""
    command = [program, "compare", str(path), "--format", "json"]
    points = [point for point, in db.execute("SELECT DISTINCT point FROM runs ORDER BY point")]
    differences = 0
    for point, shown in zip(points, json.loads(subprocess.run(command, capture_output=True, check=True).stdout)):
        # A line shows the mean of its finished runs; one of a single run that did not finish, what it came to.
        which = f"point = {point}" + (" AND status = 'done'" if shown["done"] else "")
        services = dict(db.execute(f"""SELECT service, SUM(usd) / (SELECT COUNT(*) FROM runs WHERE {which})
            FROM ledger JOIN runs USING (run_id) WHERE {which} GROUP BY service"""))
        told = dict(shown["cost_by_service"], total=shown["cost_usd"])
        if not shown["done"] and shown["replications"] > 1:
            continue  # nothing to show
        for service, usd in dict(services, total=sum(services.values())).items():
            if not close(usd, told.get(service) or 0.0, 1e-15):
                differences += 1
                print(f"  compare, point {point} ({shown['name']}): {service}: shows {told.get(service)}, ledger {usd}")
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("results", type=pathlib.Path)
    home = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--prices", type=pathlib.Path, default=home / "scenarios" / "prices")
    parser.add_argument("--windtunnel", help="the program, to check its comparison too")
    parser.add_argument("--verbose", action="store_true", help="print what agrees, too")
    options = parser.parse_args()
    path = options.results / "results.sqlite" if options.results.is_dir() else options.results
    try:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        cursor = db.execute("SELECT * FROM runs ORDER BY run_id")
    except sqlite3.Error as error:
        print(f"audit: {path}: {error}", file=sys.stderr)
        return 2
    runs = [dict(zip((column[0] for column in cursor.description), row)) for row in cursor]
    differences = compare(db, path, options.windtunnel) if options.windtunnel else 0
    for run in runs:
        differences += audit(db, run, sheets.load(options.prices / (run["price_sheet"] + ".yaml")), options.verbose)
    print(f"{path}: {len(runs)} run{'' if len(runs) == 1 else 's'}, {differences} difference{'' if differences == 1 else 's'}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
