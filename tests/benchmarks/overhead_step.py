"""What the platform adds to a pipeline step, through the real `kfp.local`.

The pipeline `data-engine` runs twice on small data; in the second run every step is cached, so its
own work is nothing. A step then costs: KFP's dispatch, a shell, a Python process, imports, finding
its key and the finished folder, and handing that over. The wall time per step is that between the
pipeline's start and end in its process, divided by the number of steps. Imports are measured alone,
in a process that only does them (the median of several), and counted apart.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPETITIONS = 5
MUSE = "from museline.cli.main import main; main()"
IMPORTS = (
    "import kfp, kfp.dsl.executor_main, museline_components.face, museline_components.stage, "
    "museline_components.collect.config"
)


def measure() -> dict[str, float]:
    """`step_overhead_s`: a step's seconds beyond its own work and imports (`step_imports_s`)."""
    with tempfile.TemporaryDirectory(prefix="museline-overhead-") as folder:
        home = Path(folder)
        _run(home)
        walls = [_seconds_per_step(home, _run(home)) for _ in range(REPETITIONS)]
        imports = statistics.median(_import_seconds() for _ in range(REPETITIONS))
    wall = statistics.median(walls)
    return {
        "step_overhead_s": round(max(0.0, wall - imports), 3),
        "step_wall_s": round(wall, 3),
        "step_imports_s": round(imports, 3),
    }


def _run(home: Path) -> str:
    """Run the pipeline; returns the run's id."""
    done = subprocess.run(
        [sys.executable, "-c", MUSE, "run", "data-engine", "-r", "smoke", "--output", "json"],
        env=os.environ | {"MUSELINE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    run: str = json.loads(done.stdout)["run"]
    return run


def _seconds_per_step(home: Path, run: str) -> float:
    lines = (home / "runs" / run / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    times = {event["event"]: event["time"] for event in events}
    steps = sum(event["event"] == "cached" for event in events)
    if steps == 0 or any(event["event"] == "started" for event in events):
        raise RuntimeError(f"the run {run} was to take every step from the store, and did not")
    return float(times["through"] - times["ready"]) / steps


def _import_seconds() -> float:
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", IMPORTS], env=os.environ | {"_KFP_RUNTIME": "true"}, check=True
    )
    return time.perf_counter() - begin


def main(arguments: list[str]) -> dict[str, float]:
    return measure()
