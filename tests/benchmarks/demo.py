"""`make demo` on a fresh clone: cold with installing, warm, and with a broken candidate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tables import print_measurements

ROOT = Path(__file__).parents[2]
INTERPRETER = Path(sys.base_prefix) / "bin" / "python3"
"""That of the machine, which has pip; the environment of this process has none."""
PLACES = ("UV_CACHE_DIR", "MUSELINE_HOME", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")


def main(arguments: list[str]) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="museline-demo-") as folder:
        clone = Path(folder) / "museline"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        cold_s, cold = _demo(clone, Path(folder), "--output json")
        warm_s, warm = _demo(clone, Path(folder), "--output json")
        _, sabotage = _demo(clone, Path(folder), "--output json --sabotage errors")
    failed = sum(int(each["platform_failed_requests"]) for each in (cold, warm, sabotage))
    result: dict[str, object] = {
        "cold_s": round(cold_s, 1),
        "warm_s": round(warm_s, 1),
        "platform_failed_requests": failed,
        "requests": sum(int(each["requests"]) for each in (cold, warm, sabotage)),
        "outcomes": [each["outcome"] for each in (cold, warm, sabotage)],
        **{
            f"{who}_extra_errors": sabotage.get(f"{who}_extra_errors")
            for who in ("sabotage", "flagger", "argo")
        },
    }
    print_measurements(
        "The demonstration",
        [
            ("cold, installing included, s", result["cold_s"], "at most 600"),
            ("again, everything cached, s", result["warm_s"], "at most 150"),
            ("requests that the platform failed", failed, "0"),
            ("extra errors with --sabotage errors", result["sabotage_extra_errors"], ""),
            ("  by Flagger's default rule", result["flagger_extra_errors"], "more than ours"),
            ("  by Argo Rollouts' documented rule", result["argo_extra_errors"], "more than ours"),
        ],
    )
    return result


def _demo(clone: Path, folder: Path, arguments: str) -> tuple[float, dict[str, object]]:
    """Seconds that `make demo` took, and the JSON object on its last line.

    Nothing of this environment helps it: the download cache is a new one.
    """
    environment = {name: value for name, value in os.environ.items() if name not in PLACES}
    environment["UV_CACHE_DIR"] = str(folder / "cache")
    begin = time.perf_counter()
    done = subprocess.run(
        ["make", "demo", f"PYTHON={INTERPRETER}", f"ARGS={arguments}"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - begin
    return seconds, json.loads(done.stdout.strip().splitlines()[-1])
