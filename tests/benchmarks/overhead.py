"""What Museline adds: to a pipeline step, and Ray Train to the bare torch loop."""

from __future__ import annotations

import overhead_step
import overhead_train
from tables import print_measurements


def main(arguments: list[str]) -> dict[str, object]:
    step = overhead_step.measure()
    train = overhead_train.measure()
    print_measurements(
        "Overhead",
        [
            ("a step beyond its own work, s", step["step_overhead_s"], "at most 0.3"),
            ("Ray Train over the bare loop", train["ray_over_bare"], "at most 1.05"),
        ],
    )
    return {**step, **train}
