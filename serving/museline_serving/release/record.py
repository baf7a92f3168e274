"""What is kept of a release when it has ended."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from museline.cards import RolloutDecision, RolloutRecord
from museline_serving.gateway.tally import AWAY, PLATFORM, Cell, Second, read_stream, totals
from museline_serving.rollout.baselines import Observed, compare
from museline_serving.rollout.ports import Store
from museline_serving.rollout.words import Decision

STREAM_FILE = "stream.jsonl"


def write_record(store: Store, name: str, folder: Path) -> RolloutRecord:
    """The record of the ended rollout `name`, written as card into `folder`."""
    stored = store.load(name)
    decisions = store.decisions(name)
    seconds = read_stream(folder / STREAM_FILE)
    plan, by_version = stored.plan, totals(seconds)
    sides = (plan.incumbent, plan.candidate)
    started = decisions[0].at if decisions else stored.state.since
    record = RolloutRecord(
        name=name,
        incumbent=plan.incumbent,
        candidate=plan.candidate,
        outcome=stored.state.phase,
        decisions=tuple(_as_card(each) for each in decisions),
        requests={side: by_version.get(side, Cell()).requests for side in sides},
        errors={side: by_version.get(side, Cell()).errors for side in sides},
        measures=measures(seconds, plan.incumbent, plan.candidate, stored.state.phase),
        started_at=_time(started),
        ended_at=_time(decisions[-1].at if decisions else started),
    )
    record.write(folder)
    return record


def measures(
    seconds: Sequence[Second], incumbent: str, candidate: str, outcome: str
) -> dict[str, float]:
    """Numbers over the whole stream; those of other tools' rules only after a rollback."""
    by_version = totals(seconds)
    found: dict[str, float] = {
        "requests": sum(cell.requests for cell in by_version.values()),
        "platform_failed_requests": by_version.get(PLATFORM, Cell()).failed,
        "users_stayed_away": by_version.get(AWAY, Cell()).away,
    }
    for side, version in (("incumbent", incumbent), ("candidate", candidate)):
        cell = by_version.get(version, Cell())
        judged = cell.right + cell.wrong
        if cell.requests:
            found[f"{side}_mean_seconds"] = round(cell.seconds / cell.requests, 4)
        if judged:
            found[f"{side}_right_share"] = round(cell.right / judged, 4)
    if outcome == "rolled_back":
        found |= compare([_observed(second, incumbent, candidate) for second in seconds])
    return found


def _observed(second: Second, incumbent: str, candidate: str) -> Observed:
    by_version = totals([second])
    old, new = by_version.get(incumbent, Cell()), by_version.get(candidate, Cell())
    return Observed(new.requests, new.errors, old.requests, old.errors)


def _as_card(decision: Decision) -> RolloutDecision:
    return RolloutDecision(
        time=_time(decision.at),
        decision=decision.decision,
        reason=decision.reason,
        actor=decision.actor,
        weights=decision.weights,
        evidence={name: round(value, 6) for name, value in decision.evidence.items()},
    )


def _time(at: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at, datetime.UTC)
