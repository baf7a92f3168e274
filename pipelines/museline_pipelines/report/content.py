"""What a report is made of: the run's record, and the cards that its steps wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from museline.cards import (
    CARD_FILE,
    Card,
    DatasetCard,
    EvaluationCard,
    ModelCard,
    RolloutRecord,
    SafetyCard,
    TrainingCard,
    read_card,
)
from museline.errors import DataError
from museline.storage import Home
from museline_pipelines.records import RunRecord, load

_C = TypeVar("_C", bound=Card)


@dataclass(frozen=True)
class Content:
    """Cards by the name of the step that wrote them; what a run has not reached is not there."""

    run: RunRecord
    data: dict[str, DatasetCard] = field(default_factory=dict)
    training: dict[str, TrainingCard] = field(default_factory=dict)
    evaluation: EvaluationCard | None = None
    safety: SafetyCard | None = None
    models: dict[str, ModelCard] = field(default_factory=dict)
    rollout: RolloutRecord | None = None

    @property
    def cards(self) -> dict[str, Card]:
        """All cards of the run, in the order of its steps."""
        found: dict[str, Card] = {**self.data, **self.training, **self.models}
        if self.evaluation:
            found["evaluate"] = self.evaluation
        if self.safety:
            found["guard"] = self.safety
        return {step.name: found[step.name] for step in self.run.steps if step.name in found}

    @property
    def lead_seconds(self) -> float | None:
        """From the start of the run, raw data, to all traffic; None if it has not come to that."""
        if self.rollout is None:
            return None
        surfaces = {name for decision in self.rollout.decisions for name in decision.weights}
        weights: dict[str, int] = {}
        for decision in self.rollout.decisions:
            weights |= decision.weights
            if set(weights) == surfaces and set(weights.values()) == {100}:
                return (decision.time - self.run.created_at).total_seconds()
        return None


def gather(folder: Path, home: Home | None = None) -> Content:
    """Read the record in `folder` and the cards of its finished steps.

    The release is the one in `home` (default: the home around the folder) of this run's candidate.
    """
    run = load(folder)
    home = home or Home(folder.parent.parent)
    models = _cards(run, "register", ModelCard)
    evaluations = _cards(run, "evaluate", EvaluationCard)
    safeties = _cards(run, "guard", SafetyCard)
    data: dict[str, DatasetCard] = {}
    for stage in ("collect", "validate", "curate", "featurize"):
        data |= _cards(run, stage, DatasetCard)
    data = {step.name: data[step.name] for step in run.steps if step.name in data}
    return Content(
        run=run,
        data=data,
        training=_cards(run, "train", TrainingCard),
        evaluation=next(iter(evaluations.values()), None),
        safety=next(iter(safeties.values()), None),
        models=models,
        rollout=find_rollout(home, run, models.get("register-candidate")),
    )


def _cards(run: RunRecord, stage: str, kind: type[_C]) -> dict[str, _C]:
    found = {}
    for step in run.steps:
        if step.stage == stage and step.folder and (Path(step.folder) / CARD_FILE).exists():
            found[step.name] = read_card(Path(step.folder), kind)
    return found


def find_rollout(home: Home, run: RunRecord, candidate: ModelCard | None) -> RolloutRecord | None:
    """The latest release of `candidate` that began after `run` did."""
    if candidate is None:
        return None
    fitting = []
    for path in home.rollouts.glob(f"*/{CARD_FILE}"):
        try:
            record = read_card(path, RolloutRecord)
        except DataError:  # the card of something else
            continue
        ours = record.candidate == candidate.name or record.candidate.startswith(
            f"{candidate.name}-v"
        )
        if ours and record.started_at >= run.created_at:
            fitting.append(record)
    return max(fitting, key=lambda record: record.started_at, default=None)
