"""What the platform adds to a pipeline step, through the real `kfp.local`.

The pipeline `data-engine` runs twice on small data; in the second run every step is cached, so its
own work is nothing. A step then costs: KFP's dispatch, a shell, a Python process, imports, finding
its key and the finished folder, and handing that over. The wall time per step is that between the
pipeline's start and end in its process, divided by the number of steps. What a step's process needs
from its start to the end of its imports it reports itself (`start_s` of the event "entered"): that
is counted apart, in the same process and under the same load.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPETITIONS = 5
MUSE = "from museline.cli.main import main; main()"


def measure() -> dict[str, float]:
    """`step_overhead_s`: a step's seconds beyond its own work and imports (`step_imports_s`)."""
    with tempfile.TemporaryDirectory(prefix="museline-overhead-") as folder:
        home = Path(folder)
        _run(home)
        measured = [_seconds_per_step(home, _run(home)) for _ in range(REPETITIONS)]
    wall, imports = (statistics.median(each) for each in zip(*measured, strict=True))
    overhead = statistics.median(whole - start for whole, start in measured)
    return {
        "step_overhead_s": round(overhead, 3),
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


def _seconds_per_step(home: Path, run: str) -> tuple[float, float]:
    """Wall seconds per step, and those of them that its process took to start and import."""
    lines = (home / "runs" / run / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    times = {event["event"]: event["time"] for event in events}
    steps = sum(event["event"] == "cached" for event in events)
    if steps == 0 or any(event["event"] == "started" for event in events):
        raise RuntimeError(f"the run {run} was to take every step from the store, and did not")
    starts = sum(event["start_s"] for event in events if event["event"] == "entered")
    return (times["through"] - times["ready"]) / steps, starts / steps


def main(arguments: list[str]) -> dict[str, float]:
    return measure()
