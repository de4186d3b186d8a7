#!/usr/bin/python3
"""Four workers train one model in the tensor database: each pushes its gradient, the database averages them and steps the
model where it lies, everybody reads the new weights.

    ./windtunnel store serve &                       # says how to reach it
    python3 src/tensordb/examples/train_together.py windtunnel.sock
"""

import struct
import sys

import redis

WORKERS = ["anna", "ben", "cleo", "dora"]
GOAL = [2.0, -1.0, 0.5]  # of each worker's data: gradients point there


def push(db, key, values):
    db.execute_command("AI.TENSORSET", key, "FLOAT", len(values), "BLOB", struct.pack(f"{len(values)}f", *values))


def read(db, key):
    data = db.execute_command("AI.TENSORGET", key, "BLOB")
    return list(struct.unpack(f"{len(data) // 4}f", data))


db = redis.Redis(unix_socket_path=sys.argv[1] if len(sys.argv) > 1 else "windtunnel.sock")
push(db, "weights", [0.0, 0.0, 0.0])
for step in range(1, 21):
    weights = read(db, "weights")
    for number, worker in enumerate(WORKERS):
        noise = 0.1 * (number - 1.5)  # of a minibatch; it cancels out in the average
        push(db, f"gradient:{worker}", [w - goal + noise for w, goal in zip(weights, GOAL)])
    gradients = [f"gradient:{worker}" for worker in WORKERS]
    db.execute_command("TENSOR.AGGREGATE", "average", "RULE", "mean", "KEYS", len(gradients), *gradients)
    db.execute_command("TENSOR.UPDATE", "weights", "SGD", "PARAMS", "learning_rate", 0.5, "GRAD", "average")
print(f"weights after {step} steps: {[round(w, 3) for w in read(db, 'weights')]}")
