"""Reads a price sheet for the auditor, on its own: YAML in the plain form that scenarios/prices uses. Standard library only."""

import functools
import math
import re

UNITS_NS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9}


def _scalar(text):
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _read(text):
    """Nested maps by indentation, and lists of one-line maps: `- {up_to: 6e9, usd: 0.1}`."""
    root = {}
    stack = [(-1, root)]
    last = None
    for line in text.splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).rstrip()
        if not line:
            continue
        indent, body = len(line) - len(line.lstrip()), line.strip()
        if body.startswith("- "):
            entry = dict(pair.split(":", 1) for pair in body[2:].strip("{}").split(","))
            parent, key = last
            if not isinstance(parent[key], list):
                parent[key] = []
            parent[key].append({k.strip(): _scalar(v) for k, v in entry.items()})
            continue
        while stack[-1][0] >= indent:
            stack.pop()
        key, value = body.split(":", 1)
        parent = stack[-1][1]
        if value.strip().startswith("{"):
            pairs = dict(pair.split(":", 1) for pair in value.strip().strip("{}").split(","))
            parent[key] = {k.strip(): _scalar(v) for k, v in pairs.items()}
        elif value.strip():
            parent[key] = _scalar(value)
        else:
            parent[key] = {}
            last = (parent, key)
            stack.append((indent, parent[key]))
    return root


def _duration_ns(value):
    number, unit = re.fullmatch(r"([0-9.]+) ?([a-z]+)", value).groups()
    return round(float(number) * UNITS_NS[unit])


class Sheet:
    def __init__(self, path):
        data = _read(path.read_text(encoding="utf-8"))
        self.init_billed, self.items = data["lambda_init_billed"], data["items"]

    @staticmethod
    def tiers_of(item):
        """The item whose price it has, and whose tiers it uses up: INIT is priced as what it adds to."""
        if item == "lambda.init.tmp":
            return "lambda.tmp"
        return item.replace("lambda.init.", "lambda.duration.")

    def groups(self, items):
        """Items that share tiers."""
        shared = {}
        for item in sorted(items):
            shared.setdefault((self.tiers_of(item), self.cost(item, 1.0) == 0), []).append(item)
        return shared.values()

    def cost(self, item, quantity):
        if item.startswith("lambda.init.") and not self.init_billed:
            return 0.0
        entry = self.items[self.tiers_of(item)]
        usd = below = 0.0
        for tier in entry.get("tiers", [{"usd": entry.get("usd")}]):
            upto = float(tier.get("up_to", math.inf))
            usd += max(0.0, min(quantity, upto) - below) * float(tier["usd"]) / float(entry.get("per", 1))
            below = upto
        return usd

    def billed_ns(self, item, held_ns):
        """What is paid for of something that was rented for so long."""
        entry = self.items[item]
        step = _duration_ns(entry["step"]) if "step" in entry else 1
        return -(-max(held_ns, _duration_ns(entry["minimum"]) if "minimum" in entry else 0) // step) * step


@functools.cache
def load(path):
    return Sheet(path)
