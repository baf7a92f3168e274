"""A release between two predictors without models, as a program: it can be killed.

    python played.py HOME EXAMPLES TINY_BACKEND FAULT [--resume NAME]

Prints one JSON object per event.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from museline.storage import Home, write_text
from museline_serving.release import resume_release, run_release
from museline_serving.release.models import Served
from museline_serving.rollout import Analysis, Metric, RolloutPlan, Wave


@dataclass(frozen=True)
class FolderModels:
    """Two models that exist by name only; the champion's name is in a file."""

    root: Path

    def resolve(self, plan: RolloutPlan) -> tuple[Served, Served]:
        return Served("old-v1", self.root, self.root), Served("new-v2", self.root, self.root)

    def verified(self, model: Served) -> Callable[[], bool]:
        return lambda: True

    def promote(self, label: str) -> None:
        write_text(self.root / "champion", label)


def tiny_command(script: Path) -> Callable[[Served, int, str | None], Sequence[str]]:
    def command(model: Served, port: int, fault: str | None) -> Sequence[str]:
        base = [sys.executable, str(script), "--version", model.label, "--port", str(port)]
        return [*base, "--fault", fault] if fault else base

    return command


def short_plan() -> RolloutPlan:
    """Two waves in about twenty seconds at 60 requests a second."""
    return RolloutPlan(
        waves=(
            Wave(name="first", surfaces=("meta-ai-web", "meta-ai-app"), weights=(20, 100)),
            Wave(name="second", surfaces=("glasses",), weights=(50, 100)),
        ),
        analysis=Analysis(
            metrics=(
                Metric(name="errors", kind="errors", margin=0.09, limit=0.05),
                Metric(name="slow", kind="slow", threshold_seconds=2.5, margin=0.2),
            ),
            minimum_seconds=1,
            minimum_requests=5,
            silence_seconds=5,
        ),
        bake_seconds=1,
    )


def main(arguments: list[str]) -> None:
    root, examples, script, fault = Path(arguments[0]), Path(arguments[1]), *arguments[2:4]
    home, models, command = Home(root), FolderModels(root), tiny_command(Path(script))

    def on_event(event: str, **fields: object) -> None:
        sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
        sys.stdout.flush()

    if "--resume" in arguments:
        name = arguments[arguments.index("--resume") + 1]
        resume_release(home, name, on_event, models=models, command=command)
    else:
        sabotage = None if fault == "none" else fault
        run_release(
            home,
            short_plan(),
            examples,
            sabotage,
            on_event,
            rate=60,
            models=models,
            command=command,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
