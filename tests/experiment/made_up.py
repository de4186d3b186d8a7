"""Results files for the charts' test, made from those of make_results by SQL: any number of variants, any names, start-up,
rollbacks, damage."""

import shutil
import sqlite3
from contextlib import closing

SCALED = {"rounds": ("start_s", "end_s"), "evaluations": ("at_s",), "phases": ("total_s", "exclusive_s", "startup_s"),
          "spans": ("start_s", "end_s")}


def edited(source, target, *statements):
    """A results file after some SQL, in place or as a copy; each statement is a text, or a text and its parameters."""
    if source != target:
        shutil.copyfile(source, target)
    with closing(sqlite3.connect(target)) as db:
        for statement in statements:
            db.execute(*([statement] if isinstance(statement, str) else statement))
        db.commit()
    return target


def columns(db, table):
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def variants(source, target, names):
    """One run for each name, made from the source's runs in turn; times, costs and accuracies differ from run to run."""
    shutil.copyfile(source, target)
    with closing(sqlite3.connect(target)) as db:
        given = [row[0] for row in db.execute("SELECT run_id FROM runs ORDER BY run_id")]
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for k, name in enumerate(names):
            new, old = 1000 + k, given[k % len(given)]
            longer, dearer, worse = 1 + 0.013 * k, 1 + 0.03 * (k * 7 % 13), 1 - 0.004 * (k * 5 % 17)
            for table in tables:
                fields = columns(db, table)
                if "run_id" not in fields:
                    continue
                scaled = SCALED.get(table, ())
                values = ", ".join(str(new) if f == "run_id" else f"{f} * {longer}" if f in scaled else f'"{f}"' for f in fields)
                db.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE run_id = {old}")
            money = "".join(f", {f} = {f} * {dearer}" for f in columns(db, "runs") if f.endswith("_usd"))
            db.execute(f"UPDATE runs SET point = run_id, variant = ?, accuracy = accuracy * {worse} {money} WHERE run_id = {new}",
                       (name,))
            time = ", ".join(f"{f} = {f} * {longer}" for f in columns(db, "runs") if f.endswith("_s"))
            db.execute(f"UPDATE runs SET {time} WHERE run_id = {new}")
            db.execute(f"UPDATE evaluations SET accuracy = accuracy * {worse} WHERE run_id = {new}")
        for table in tables:
            if "run_id" in columns(db, table):
                db.execute(f"DELETE FROM {table} WHERE run_id < 1000")
        db.commit()
    return target


def with_startup(source, target, seconds, usd):
    """A copy whose runs say that their first `seconds` were start-up and cost `usd` (SQL expressions); may be in place."""
    if source != target:
        shutil.copyfile(source, target)
    with closing(sqlite3.connect(target)) as db:
        for column in ("startup_s", "training_s", "startup_usd", "training_usd"):
            if column not in columns(db, "runs"):
                db.execute(f"ALTER TABLE runs ADD COLUMN {column} REAL")
        db.execute(f"UPDATE runs SET startup_s = {seconds}, startup_usd = {usd}")
        db.execute("UPDATE runs SET training_s = simulated_s - startup_s, training_usd = cost_usd - startup_usd")
        db.commit()
    return target
