from __future__ import annotations

import datetime

import pytest

from museline.cards import RolloutDecision, RolloutRecord
from museline_pipelines.cli.demo import _close
from museline_pipelines.demonstration import summarise_release
from museline_pipelines.records import RunRecord, StepRecord
from museline_pipelines.report.content import Content

START = datetime.datetime(2026, 11, 21, 4, 5, tzinfo=datetime.UTC)


def content(outcome: str, weight: int, measures: dict[str, float]) -> Content:
    steps = (
        StepRecord(name="collect", stage="collect", status="cached"),
        StepRecord(name="curate", stage="curate", status="succeeded"),
    )
    run = RunRecord(
        id="20261121-0405-training-0000",
        pipeline="training",
        recipe="smoke",
        configuration={},
        created_at=START,
        steps=steps,
    )
    decision = RolloutDecision(
        time=START + datetime.timedelta(seconds=61),
        decision=outcome,
        reason="proven",
        actor="engine",
        weights={"glasses": weight},
    )
    rollout = RolloutRecord(
        name="r",
        incumbent="llama-4-v1",
        candidate="muse-spark-v2",
        outcome=outcome,
        decisions=(decision,),
        requests={"llama-4-v1": 30, "muse-spark-v2": 12},
        errors={},
        measures=measures,
        started_at=START,
        ended_at=START,
    )
    return Content(run=run, rollout=rollout)


def test_a_promotion_in_one_object_and_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    measures = {"requests": 43.0, "platform_failed_requests": 0.0}
    summary = summarise_release(content("promoted", 100, measures), None)
    assert summary["outcome"] == "promoted"
    assert summary["lead_s"] == 61.0
    assert (summary["requests"], summary["platform_failed_requests"]) == (43, 0)
    assert (summary["cached_steps"], summary["steps"]) == (1, 2)
    _close({**summary, "report": "report.html"})
    said = capsys.readouterr().out
    assert "muse-spark-v2 for llama-4-v1: promoted" in said
    assert "61 s from raw data to all traffic, 1 of 2 steps cached" in said
    assert "43 served, 0 failed by the platform" in said
    assert "Flagger" not in said


def test_a_rollback_is_told_beside_what_others_would_have_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measures = {"sabotage_extra_errors": 7.3, "flagger_extra_errors": 61.0}
    summary = summarise_release(content("rolled_back", 0, measures), "errors")
    assert summary["lead_s"] is None
    assert summary["requests"] == 42
    _close({**summary, "report": "report.html"})
    said = capsys.readouterr().out
    assert "rolled back" in said
    assert "7 until it was taken back" in said
    assert "61 by Flagger's default rule" in said
    assert "would never have taken it back by Argo" in said
    assert "lead time" not in said
