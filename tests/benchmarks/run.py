"""Runs one benchmark, as `make bench NAME=demo`: a table, then one JSON object as the last line.

A benchmark NAME is a module NAME.py beside this file with `main(arguments) -> dict`.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """Names of the benchmarks with the first line of what they say of themselves."""
    found = {}
    for path in sorted(HERE.glob("*.py")):
        if path.name != "run.py" and "def main(" in path.read_text():
            found[path.stem] = path.read_text().split('"""')[1].splitlines()[0]
    return found


def main(arguments: list[str]) -> int:
    known = benchmarks()
    if not arguments or arguments[0] not in known:
        print("usage: make bench NAME=... [ARGS=...]; there are:")
        for name, summary in known.items():
            print(f"  {name:<12} {summary}")
        return 2
    sys.path.insert(0, str(HERE))
    result = importlib.import_module(arguments[0]).main(arguments[1:])
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
