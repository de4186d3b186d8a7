#!/usr/bin/env python3
"""What SPIRT's published code costs where its paper's design differs: gradients kept in Redis as JSON text and averaged
by a Lua script, and the paper's baseline, which fetches every gradient, averages it in the client and stores the result.

Starts a redis-server of its own, without persistence, on a unix socket. Prints nanoseconds and bytes per float32 value:
 - text: bytes of JSON for each value, of a gradient as Python writes it and of an average as Lua's cjson does;
 - python: tolist + json.dumps in the function that computes a gradient, json.loads in one that reads it;
 - lua: cjson.decode, the sum, the division and cjson.encode, and an SGD step, each inside EVAL;
 - text/binary average/update: the same by GET, numpy and SET, in the client and in the server.
Times are CPU times (of Redis's main thread, of the client's thread): the least of several calls, so that neighbours on
the machine matter little; the wall time of the fastest call stands beside them. Needs numpy and redis-server.

usage: published_lua.py [--values N...] [--gradients N...] [--repetitions N] [--redis PROGRAM]
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import numpy

DECODE = """
local n = 0
for i = 1, #KEYS do n = n + #cjson.decode(redis.call('GET', KEYS[i])) end
return n
"""

SUM = """
local sum = cjson.decode(redis.call('GET', KEYS[1]))
for i = 2, #KEYS do
  local next = cjson.decode(redis.call('GET', KEYS[i]))
  for j = 1, #sum do sum[j] = sum[j] + next[j] end
end
return #sum
"""

AVERAGE = """
local sum = cjson.decode(redis.call('GET', KEYS[1]))
for i = 2, #KEYS do
  local next = cjson.decode(redis.call('GET', KEYS[i]))
  for j = 1, #sum do sum[j] = sum[j] + next[j] end
end
for j = 1, #sum do sum[j] = sum[j] / #KEYS end
redis.call('SET', 'average', cjson.encode(sum))
return #sum
"""

UPDATE = """
local weights = cjson.decode(redis.call('GET', KEYS[1]))
local gradient = cjson.decode(redis.call('GET', KEYS[2]))
local rate = tonumber(ARGV[1])
for j = 1, #weights do weights[j] = weights[j] - rate * gradient[j] end
redis.call('SET', KEYS[1], cjson.encode(weights))
return #weights
"""


class Redis:
    """As much of a Redis client as this needs; a reply that is an error raises RuntimeError."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb", buffering=1 << 20)

    def command(self, *words):
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            data = word if isinstance(word, (bytes, memoryview)) else str(word).encode()
            parts += [b"$%d\r\n" % len(data), data, b"\r\n"]
        self.socket.sendall(b"".join(parts))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            if rest == b"-1":
                return None
            data = self.file.read(int(rest))
            self.file.read(2)
            return data
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest
        raise RuntimeError("redis-server: " + rest.decode(errors="replace") if kind == b"-" else "redis-server hung up")

    def server_seconds(self):
        """CPU time of the server's main thread so far."""
        fields = dict(line.split(b":") for line in self.command("INFO", "cpu").split(b"\r\n") if b":" in line)
        return float(fields[b"used_cpu_user_main_thread"]) + float(fields[b"used_cpu_sys_main_thread"])


def least(redis, repetitions, work):
    """(server, client, wall) seconds of `work`, each the least of `repetitions` calls."""
    best = [float("inf")] * 3
    for _ in range(repetitions):
        server, client, wall = redis.server_seconds(), time.thread_time(), time.perf_counter()
        work()
        taken = (time.thread_time() - client, time.perf_counter() - wall)
        taken = (redis.server_seconds() - server, *taken)
        best = [min(a, b) for a, b in zip(best, taken)]
    return best


def measure(redis, values, gradients, repetitions):
    generator = numpy.random.default_rng(1)
    vectors = [generator.normal(0, 0.01, values).astype(numpy.float32) for _ in range(gradients)]
    keys = [f"gradient/{i}" for i in range(gradients)]
    ns = 1e9 / values  # seconds of one vector to nanoseconds of a value
    row = {}

    texts = [json.dumps(vector.tolist()) for vector in vectors]
    row["text B"] = sum(map(len, texts)) / values / gradients
    row["python encode"] = least(redis, repetitions, lambda: json.dumps(vectors[0].tolist()))[1] * ns
    row["python decode"] = least(redis, repetitions, lambda: numpy.array(json.loads(texts[0]), numpy.float32))[1] * ns
    row["SET text"] = least(redis, repetitions, lambda: redis.command("SET", keys[0], texts[0]))[0] * ns
    for key, text in zip(keys, texts):
        redis.command("SET", key, text)

    def script(code, names, *arguments):
        if redis.command("EVAL", code, len(names), *names, *arguments) < values:
            raise RuntimeError("the script did not see every value")

    decode = least(redis, repetitions, lambda: script(DECODE, keys))[0]
    summed = least(redis, repetitions, lambda: script(SUM, keys))[0]
    average = least(redis, repetitions, lambda: script(AVERAGE, keys))
    row["lua decode"] = decode * ns / gradients
    row["lua sum"] = (summed - decode) * ns / gradients
    row["lua encode"] = (average[0] - summed) * ns
    row["lua average"] = average[0] * ns
    row["lua average wall"] = average[2] * ns
    row["average text B"] = redis.command("STRLEN", "average") / values
    redis.command("SET", "weights", texts[0])
    script(UPDATE, ["weights", keys[1]], "0.05")  # the weights as Lua writes them, as in every round but the first
    row["lua update"] = least(redis, repetitions, lambda: script(UPDATE, ["weights", keys[1]], "0.05"))[0] * ns

    # Fetch, process, store, of text and of binary values.
    def read_text(key):
        return numpy.array(json.loads(redis.command("GET", key)), numpy.float32)

    def read_binary(key):
        return numpy.frombuffer(redis.command("GET", key), numpy.float32)

    def average_outside(read, write):
        total = numpy.zeros(values, numpy.float32)
        for key in keys:
            total += read(key)
        redis.command("SET", "average", write(total / gradients))

    def update_outside(read, write):
        redis.command("SET", "weights", write(read("weights") - numpy.float32(0.05) * read(keys[1])))

    def text(vector):
        return json.dumps(vector.tolist())

    def binary(vector):
        return memoryview(vector).cast("B")

    for name, read, write in (("text", read_text, text), ("binary", read_binary, binary)):
        for key, vector in zip([*keys, "weights"], [*vectors, vectors[0]]):
            redis.command("SET", key, write(vector))
        for what, work in (("average", average_outside), ("update", update_outside)):
            server, client, _ = least(redis, repetitions, lambda: work(read, write))
            row[f"{name} {what} server"], row[f"{name} {what} client"] = server * ns, client * ns
    redis.command("FLUSHALL")
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--values", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--gradients", type=int, nargs="+", default=[4, 16])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--redis", default="redis-server")
    options = parser.parse_args()
    if min(options.values) < 1 or min(options.gradients) < 2 or options.repetitions < 1:
        parser.error("at least 1 value, 2 gradients and 1 repetition")
    if shutil.which(options.redis) is None:
        print(f"published_lua: {options.redis} is not installed (Debian: redis-server)", file=sys.stderr)
        return 3

    folder = tempfile.mkdtemp(prefix="published-lua-")
    path = os.path.join(folder, "redis.sock")
    server = subprocess.Popen([options.redis, "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder],
                              stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if os.path.exists(path):
                break
            time.sleep(0.05)
        redis = Redis(path)
        for values in options.values:
            for gradients in options.gradients:
                row = measure(redis, values, gradients, options.repetitions)
                print(f"\n{gradients} gradients of {values} values; ns per value (B: bytes)")
                for name, figure in row.items():
                    print(f"  {name:<24}{figure:>12.2f}", flush=True)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
