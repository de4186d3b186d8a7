#!/usr/bin/env python3
"""Keeps the house tidy: fails on includes that point up (the arrows of the design), on LibTorch, hiredis, yaml-cpp or Redis where
they do not belong, on random numbers that differ between standard libraries, on paths of one machine, on references to facts
that models/FACTS.md does not have, and on files that have grown too long.

    tidy.py [FOLDER]      checks a checkout (default: the one this file is in); prints faults as file:line: what; exit 1
    tidy.py --self-test   makes a small tree with one fault of each kind and checks that each is found, and nothing else
"""

import pathlib
import re
import sys
import tempfile

# What each room may include, besides itself and base. "tensordb/command_names.h" is the one file of that room that others see.
ROOMS = {
    "base": set(),
    "sim": set(),
    "models": {"sim"},
    "aggregation": set(),
    "learning": {"aggregation"},
    "tensordb": {"aggregation"},
    "store": {"aggregation", "tensordb/command_names.h"},
    "architectures": {"aggregation", "learning", "models", "sim", "store"},
    "scenario": {"aggregation", "architectures", "learning", "models", "sim", "store"},
    "experiment": {"aggregation", "architectures", "learning", "models", "scenario", "sim", "store"},
    "app": {"aggregation", "architectures", "experiment", "learning", "models", "scenario", "sim", "store"},
}

# Libraries that stay inside some rooms (tests and benchmarks of these rooms included).
LIBRARIES = {
    re.compile(r"^(torch|ATen|c10)/"): {"learning", "tensordb"},
    re.compile(r"^hiredis/"): {"store", "tensordb"},
    re.compile(r"^yaml-cpp/"): {"scenario", "models"},
    re.compile(r"^CLI/"): {"app"},
    re.compile(r"^Eigen/"): {"aggregation"},
    re.compile(r"^sqlite3\.h$"): {"experiment"},
}

LONGEST = 500
CODE = {".h", ".cpp", ".cc", ".hpp"}
TEXT = CODE | {".py", ".txt", ".cmake", ".yaml", ".yml", ".json", ".md", ".sh", ""}
SKIPPED = {".git", "build", "results", "__pycache__", ".cache"}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
DISTRIBUTION = re.compile(r"std::\w+_distribution\b|\bstd::(shuffle|sample|random_device|mt19937\w*)\b|\bs?rand\s*\(")
MACHINE_PATH = re.compile(r"(?<![\w.$~{}>-])/(home|root|work|Users|mnt|media)/[\w.]")
FACT = re.compile(r"\bfacts (\d+)(?!\d)")
FACTS_SECTION = re.compile(r"^## (\d+)\. ", re.MULTILINE)
MARK = re.compile(r"\[[FDR]\]")
UPWARD = re.compile(r'#\s*include\s*"\.\./')


def room_of(relative):
    """The room that a file is part of: its folder, or for tests the room of the same name."""
    parts = relative.parts
    if parts[0] in ("sim", "models"):
        return parts[0]
    if parts[0] in ("src", "tests") and len(parts) > 2:
        return parts[1]
    return parts[0]


def without_comment(line):
    return re.sub(r"//.*", "", line)


def include_faults(relative, target):
    room = room_of(relative)
    for pattern, rooms in LIBRARIES.items():
        if pattern.match(target) and room not in rooms and relative.parts[0] != "bench":
            yield f"<{target}> belongs to {' and '.join(sorted(rooms))} only"
    if relative.parts[0] not in ("src", "sim", "models"):
        return
    to = target.split("/")[0]
    if to in ("tests", "bench", "plots"):
        yield f'"{target}": the program includes no {to}'
    if room not in ROOMS:
        yield f'the room "{room}" has no row in tests/tidy.py'
    elif to in ROOMS and "/" in target and to not in {room, "base"} | ROOMS[room] and target not in ROOMS[room]:
        yield f'"{target}": {room} may not include {to}'


def fact_faults(line, facts):
    for section in FACT.findall(line):
        if section not in facts:
            yield f'"facts {section}": models/FACTS.md has no section {section}'
    if MARK.search(line):
        yield "a mark that only insiders know; write read, derived, measured or unverified"


def faults_of(path, relative, facts):
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return
    if len(lines) > LONGEST and path.suffix in CODE | {".py"}:
        yield LONGEST + 1, f"{len(lines)} lines; at most {LONGEST}"
    in_code = path.suffix in CODE
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield number, "a path of one machine"
        for fault in fact_faults(line, facts):
            yield number, fault
        if not in_code:
            continue
        if UPWARD.search(line):
            yield number, "an include by a relative path; name it from the top"
        elif include := INCLUDE.match(line):
            for fault in include_faults(relative, include.group(1)):
                yield number, fault
        elif relative.parts[0] in ("src", "sim", "models") and DISTRIBUTION.search(without_comment(line)):
            yield number, "random numbers that differ between standard libraries; use sim/random.h or Boost.Random"


def check(folder):
    found = []
    facts = folder / "models" / "FACTS.md"
    facts = set(FACTS_SECTION.findall(facts.read_text(encoding="utf-8"))) if facts.exists() else set()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        skipped = any(part in SKIPPED or part.startswith("build-") for part in relative.parts)
        if skipped or not path.is_file() or path.suffix not in TEXT or relative.as_posix() == "tests/tidy.py":
            continue
        found += [f"{relative}:{number}: {fault}" for number, fault in faults_of(path, relative, facts)]
    return found


# File, its content, and a piece of the one fault that must be found in it (none: it is fine).
SAMPLES = [
    ("src/app/fine.cpp", '#include "experiment/run.h"\n#include "base/error.h"\n', None),
    ("models/fine.h", '#include "sim/simulation.h"\n#include <vector>\n', None),
    ("src/store/fine.cpp", '#include <hiredis/hiredis.h>\n#include "tensordb/command_names.h"\n', None),
    ("src/learning/fine.cpp", "#include <torch/torch.h>\n// std::normal_distribution is what we do not use\n", None),
    ("tests/learning/fine_test.cpp", '#include <torch/torch.h>\n#include "learning/problem.h"\n#include "sim/random.h"\n', None),
    ("src/base/fits.cpp", "int a;\n" * LONGEST, None),
    ("README.md", "see https://example.org/home/page and ~/media/x and $HOME/root/x\n", None),
    ("models/FACTS.md", "# Facts\n\n## 7. Network\n", None),
    ("models/known.cpp", "// facts 7: 800 Mbit/s\n", None),
    ("models/unknown.cpp", "// facts 77: 800 Mbit/s\n", "has no section 77"),
    ("models/marked.cpp", "// 800 Mbit/s [" + "R]\n", "a mark that only insiders know"),
    ("sim/up.h", '#include "models/network.h"\n', "sim may not include models"),
    ("models/up.h", '#include "learning/problem.h"\n', "models may not include learning"),
    ("src/base/up.h", '#include "sim/time.h"\n', "base may not include sim"),
    ("src/learning/up.cpp", '#include "sim/simulation.h"\n', "learning may not include sim"),
    ("src/store/up.cpp", '#include "tensordb/module.h"\n', "store may not include tensordb"),
    ("src/scenario/up.cpp", '#include "experiment/run.h"\n', "scenario may not include experiment"),
    ("src/architectures/up.cpp", '#include "scenario/load.h"\n', "architectures may not include scenario"),
    ("src/app/tests.cpp", '#include "tests/scenario/sample.h"\n', "the program includes no tests"),
    ("src/attic/room.cpp", '#include "base/error.h"\n', 'the room "attic" has no row'),
    ("src/architectures/torch.cpp", "#include <torch/torch.h>\n", "belongs to learning and tensordb only"),
    ("src/experiment/redis.cpp", "#include <hiredis/hiredis.h>\n", "belongs to store and tensordb only"),
    ("tests/sim/torch_test.cpp", "#include <ATen/ATen.h>\n", "belongs to learning and tensordb only"),
    ("src/learning/dice.cpp", "int roll() { return rand() % 6; }\n", "random numbers that differ"),
    ("models/normal.cpp", "std::normal_distribution<double> d(0, 1);\n", "random numbers that differ"),
    ("sim/relative.cpp", '#include "../models/network.h"\n', "an include by a relative path"),
    ("scenarios/local.yaml", "path: /home/somebody/data\n", "a path of one machine"),
    ("src/base/long.cpp", "int a;\n" * (LONGEST + 1), "at most 500"),
]


def self_test():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        for file, content, _ in SAMPLES:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(content, encoding="utf-8")
        (folder / "build" / "x").mkdir(parents=True)
        (folder / "build" / "x" / "made.cpp").write_text('#include "../up.h"\n', encoding="utf-8")
        found = check(folder)
    wrong = []
    for file, _, fault in SAMPLES:
        of_file = [f for f in found if f.startswith(file + ":")]
        if [fault is not None and fault in f for f in of_file] != ([True] if fault else []):
            wrong.append(f"{file}: expected {fault!r}, found {of_file}")
    others = [f for f in found if not any(f.startswith(file + ":") for file, _, _ in SAMPLES)]
    return wrong + [f"unexpected: {f}" for f in others]


def main(arguments):
    if arguments == ["--self-test"]:
        found = self_test()
    elif len(arguments) <= 1 and not any(a.startswith("-") for a in arguments):
        default = pathlib.Path(__file__).resolve().parent.parent
        found = check(pathlib.Path(arguments[0]).resolve() if arguments else default)
    else:
        print(__doc__, file=sys.stderr)
        return 2
    for fault in found:
        print(fault)
    print(f"{len(found)} fault{'' if len(found) == 1 else 's'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
