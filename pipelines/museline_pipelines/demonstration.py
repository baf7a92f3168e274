"""The whole way from raw data to all traffic, for `muse demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from museline.cards import ModelCard, RolloutRecord
from museline.errors import StageError
from museline_pipelines.records import RunRecord

if TYPE_CHECKING:
    from museline.storage import Home
    from museline_pipelines.report.content import Content
    from museline_serving.release.run import OnEvent


def release_models(
    home: Home, run: RunRecord, sabotage: str | None, on_event: OnEvent
) -> RolloutRecord:
    """Replace the run's incumbent by its candidate, on the evaluation cases of its own data."""
    from museline_serving.release import run_release
    from museline_serving.rollout.plans import demonstration_plan

    # By name: after an earlier demonstration the candidate is the champion already.
    plan = demonstration_plan().model_copy(
        update={
            "incumbent": _model_of(run, "register-incumbent"),
            "candidate": _model_of(run, "register-candidate"),
        }
    )
    examples = _folder(run, "featurize")
    return run_release(home, plan, examples, sabotage, on_event)


def _folder(run: RunRecord, step: str) -> Path:
    folder = run.step(step).folder
    if folder is None:
        raise StageError(f"the step {step} of run {run.id} has no result", mend="muse runs show")
    return Path(folder)


def _model_of(run: RunRecord, step: str) -> str:
    return ModelCard.read(_folder(run, step)).name


def summarise_release(content: Content, sabotage: str | None) -> dict[str, Any]:
    """The demonstration as one flat object for programs, and for the closing words."""
    rollout = content.rollout
    assert rollout is not None
    evaluation = content.evaluation
    scores = {
        score.model: score.score.value
        for score in (evaluation.scores if evaluation else ())
        if score.suite == "all"
    }
    measures = rollout.measures
    return {
        "run": content.run.id,
        "cached_steps": sum(step.status == "cached" for step in content.run.steps),
        "steps": len(content.run.steps),
        "incumbent": rollout.incumbent,
        "candidate": rollout.candidate,
        "outcome": rollout.outcome,
        "sabotage": sabotage,
        "scores": scores,
        "flops": {card.name: card.flops for card in content.training.values()},
        "lead_s": None if content.lead_seconds is None else round(content.lead_seconds, 1),
        **measures,
        "requests": int(measures.get("requests", sum(rollout.requests.values()))),
        "platform_failed_requests": int(measures.get("platform_failed_requests", 0)),
    }
