"""Values of a sweep's axes: which are the same, which are numbers, and how they are written.

What a value means is said by the run's canonical settings (runs.scenario_json), where `1 GB` and `1024 MB` of memory are one
text; the value as it was typed is used where they do not have the path.
"""

import json
import math
import re

_BYTES = {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400}
_RATES = {"B/s": 1, "KB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9,
          "bit/s": 1 / 8, "Kbit/s": 1e3 / 8, "Mbit/s": 1e6 / 8, "Gbit/s": 1e9 / 8}
_KINDS = {"": {"": 1}, "bytes": _BYTES, "time": _SECONDS, "rate": _RATES, "USD": {"USD": 1}, "%": {"%": 1}}


_TOKENS = re.compile(r"""("(?:[^"\\]|\\.)*")|('(?:[^']|'')*')|([{}\[\]:,])|([^{}\[\]:,"'\s]+)""")


class Axis:
    """One axis: its values in the order to draw them, equal ones once."""

    def __init__(self, path, meanings, shown=lambda text: text):
        """meanings: value as typed → canonical value or None, in the order of the scenario. Labels pass through `shown`."""
        self.path = path
        self.name = shown(short(path))
        self._key = {typed: _key(typed, meaning) for typed, meaning in meanings.items()}
        first = {}
        for typed, key in self._key.items():
            first.setdefault(key, typed)
        self.values = list(first.values())  # one typed value for each that differs
        quantities = _quantities([_text(typed, meanings[typed]) for typed in self.values])
        self.numeric = quantities is not None and len(self.values) > 0
        self.unit = ""
        if self.numeric:
            self._place = dict(zip(self.values, quantities))
            self.values.sort(key=self._place.get)
            units = {_split(typed)[1] for typed in self.values}
            self.unit = units.pop() if len(units) == 1 else ""
        else:
            self._place = {typed: i for i, typed in enumerate(self.values)}
        self._first = first
        self._labels = {typed: shown(text) for typed, text in self._written().items()}

    def same(self, typed):
        """The value that stands for this one and all equal to it."""
        return self._first[self._key[typed]]

    def place(self, typed):
        """Where the value lies: as a number in a base unit, or counted from 0."""
        return self._place[self.same(typed)]

    def label(self, typed):
        """The value for people, with its unit."""
        return self._labels[self.same(typed)]

    def tick(self, typed):
        """The value beside others of its axis: without the unit when all have the same."""
        text = self.label(typed)
        return text.removesuffix(self.unit).strip() if self.unit else text

    @property
    def twice(self):
        """(value, equal value that stands for it) of those that are left out of charts over this axis."""
        return [(typed, self.same(typed)) for typed in self._key if self.same(typed) != typed]

    @property
    def logarithmic(self):
        """The values are spaced by factors rather than by differences."""
        places = sorted(self._place.values())
        if not self.numeric or len(places) < 3 or places[0] <= 0 or places[-1] < 8 * places[0]:
            return False
        return _unevenness([math.log(b / a) for a, b in zip(places, places[1:])]) < _unevenness(
            [b - a for a, b in zip(places, places[1:])])

    def _written(self):
        if not self.numeric:
            return {typed: compact(typed) for typed in self.values}
        split = {typed: _split(typed) for typed in self.values}
        for digits in range(3, 18):  # as few digits as tell them apart
            labels = {typed: _number(number, digits) + (" " + unit if unit else "") for typed, (number, unit) in split.items()}
            if len(set(labels.values())) == len(labels):
                break
        return labels


def short(path):
    """`cloud.function.memory` → `function memory`: the last two words say enough."""
    return " ".join(path.split(".")[-2:]).replace("_", " ")


def compact(value):
    """`{parameter_server: {checkpoint_every: 5}}` → `parameter_server checkpoint_every 5`: words without the marks of YAML
    and JSON around them. Marks inside quotes belong to the word."""
    value = value.strip()
    if not value or value[0] not in "{[\"'":
        return value
    words = []
    for quoted, single, mark, plain in _TOKENS.findall(value):
        if quoted:
            try:
                words.append(json.loads(quoted, strict=False))
            except ValueError:
                words.append(quoted[1:-1])
        elif single:
            words.append(single[1:-1].replace("''", "'"))
        elif mark == "," and words:
            words[-1] += ","
        elif plain:
            words.append(plain)
    return " ".join(words)


def canonical(settings, path):
    """The value at a dotted path of canonical settings; None where there is none."""
    for word in path.split("."):
        if not isinstance(settings, dict) or word not in settings:
            return None
        settings = settings[word]
    return settings


def _key(typed, meaning):
    return typed.strip() if meaning is None else json.dumps(meaning, sort_keys=True)


def _text(typed, meaning):
    if isinstance(meaning, bool) or meaning is None or isinstance(meaning, (dict, list)):
        return compact(typed)
    return str(meaning)


def _split(text):
    """("512", "MB") of "512 MB"; unit "" without one."""
    match = re.fullmatch(r"\s*\"?([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-z/%]*)\"?\s*", text)
    return (match[1], match[2]) if match else (text, "")


def _quantities(texts):
    """The values in a base unit when all are finite numbers of one kind, else None."""
    found, kinds = [], set()
    for text in texts:
        number, unit = _split(text)
        kind = next((kind for kind, units in _KINDS.items() if unit in units), None)
        try:
            value = float(number)
        except ValueError:
            return None
        if kind is None or not math.isfinite(value):
            return None
        kinds.add(kind)
        found.append(value * _KINDS[kind][unit])
    return found if len(kinds) <= 1 else None


def _number(text, digits):
    """The number with at most so many significant digits behind the point; whole numbers stay whole."""
    value = float(text)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.{digits}g}"


def _unevenness(gaps):
    mean = sum(gaps) / len(gaps)
    return math.sqrt(sum((g - mean) ** 2 for g in gaps) / len(gaps)) / mean
