from __future__ import annotations

import datetime
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from museline.cards import (
    Card,
    Change,
    DatasetCard,
    Dropped,
    EvaluationCard,
    ExpectationResult,
    HazardRate,
    Interval,
    LossPoint,
    ModelCard,
    PairedTest,
    RolloutDecision,
    RolloutRecord,
    SafetyCard,
    SuiteScore,
    TrainingCard,
    Validation,
)
from museline.storage import Home
from museline_pipelines.records import Problem, RunRecord, StepRecord, save
from museline_pipelines.report import render, write_report
from museline_pipelines.report.content import Content, find_rollout, gather
from museline_pipelines.report.view import flops
from museline_pipelines.steps import DATA_ENGINE, TRAINING, Step

START = datetime.datetime(2026, 11, 21, 4, 5, tzinfo=datetime.UTC)


def later(seconds: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=seconds)


def run_record(steps: tuple[Step, ...] = TRAINING) -> RunRecord:
    return RunRecord(
        id="20261121-0405-training-0000",
        pipeline="training",
        recipe="smoke",
        configuration={"collect": {"note": "<script>alert(1)</script>"}},
        created_at=START,
        status="succeeded",
        began=START.timestamp(),
        ended=START.timestamp() + 90,
        steps=tuple(
            StepRecord(name=step.name, stage=step.stage, status="succeeded", began=1.0, ended=3.0)
            for step in steps
        ),
    )


def data_card(stage: str, examples: int, **changes: object) -> DatasetCard:
    return DatasetCard(
        stage=stage,
        sources=("tasks",),
        licences=("CC0",),
        examples=examples,
        by_domain={"mathematics": examples},
        by_modality={"text": examples},
        files={},
        **changes,
    )


def training_card(name: str, cost: float) -> TrainingCard:
    points = tuple(
        LossPoint(
            step=step,
            loss=3.0 / (step + 1),
            flops=cost * step / 10,
            tokens=step * 100,
            validation_loss=2.0 if step == 10 else None,
        )
        for step in range(11)
    )
    return TrainingCard(
        name=name,
        family=name,
        size="pico",
        recipe={},
        parameters=1000,
        active_parameters=900,
        steps=10,
        tokens=1000,
        flops=cost,
        loss_curve=points,
        final_loss=0.25,
        workers=2,
        hardware="CPU",
        tokens_per_second=99.0,
        seconds=7.0,
        seed=0,
        checkpoint_digest="ab" * 32,
    )


def evaluation_card(*parents: Card) -> EvaluationCard:
    def score(model: str, suite: str, value: float) -> SuiteScore:
        kind, _, name = suite.partition("/")
        interval = Interval(value=value, low=value - 0.1, high=value + 0.1)
        return SuiteScore(
            model=model,
            suite=suite,
            domain=name if kind == "domain" else "all",
            modality=name if kind == "modality" else "all",
            cases=100,
            correct=int(value * 100),
            score=interval,
        )

    scores = [
        score(model, suite, value)
        for model, value in (("llama-4", 0.5), ("muse-spark", 0.625))
        for suite in ("all", "domain/mathematics", "modality/text", "family/arithmetic")
    ]
    paired = PairedTest(
        suite="all",
        cases=100,
        both_right=45,
        only_candidate=17,
        only_incumbent=5,
        both_wrong=33,
        difference=Interval(value=0.12, low=0.03, high=0.2),
        p_value=0.017,
    )
    return EvaluationCard(
        candidate="muse-spark",
        incumbent="llama-4",
        scores=tuple(scores),
        paired=(paired,),
        flops={"llama-4": 2e12, "muse-spark": 1e12},
        parents=tuple(parent.reference() for parent in parents),
    )


def safety_card() -> SafetyCard:
    hazard = HazardRate(
        model="muse-spark",
        hazard="pii_leak",
        cases=200,
        events=0,
        rate=0.0,
        upper_bound=0.015,
        limit=0.03,
        met=True,
    )
    return SafetyCard(
        candidate="muse-spark", hazards=(hazard,), passed=True, rule="all met", reasons=("so",)
    )


def model_card(training: TrainingCard, role: str = "candidate") -> ModelCard:
    return ModelCard(
        name=training.name,
        version="1",
        family=training.family,
        size="pico",
        role=role,
        run="r",
        training=training,
        files={},
    )


def rollout_record(candidate: str = "muse-spark-v2", began: float = 100.0) -> RolloutRecord:
    def decision(after: float, weights: dict[str, int], what: str = "advance") -> RolloutDecision:
        return RolloutDecision(
            time=later(after), decision=what, reason="safe", actor="engine", weights=weights
        )

    return RolloutRecord(
        name="release-1",
        incumbent="llama-4-v1",
        candidate=candidate,
        outcome="promoted",
        decisions=(
            decision(began, {"whatsapp": 0, "glasses": 0}, "begin"),
            decision(began + 20, {"whatsapp": 100, "glasses": 0}),
            decision(began + 40, {"whatsapp": 100, "glasses": 100}),
        ),
        requests={"llama-4-v1": 300, "muse-spark-v2": 500},
        errors={"llama-4-v1": 1, "muse-spark-v2": 0},
        measures={"platform_failed_requests": 0},
        started_at=later(began),
        ended_at=later(began + 45),
    )


@pytest.fixture
def whole() -> Content:
    expectation = ExpectationResult(
        expectation="expect_unique", column="id", met=True, rows=90, failing=0
    )
    collect = data_card("collect", 120)
    raw = data_card(
        "validate",
        120,
        parents=(collect.reference(),),
        validation=Validation(suite="raw", met=True, results=(expectation,)),
    )
    curate = data_card(
        "curate",
        90,
        by_split={"train": 70, "evaluation": 20},
        dropped=(Dropped(step="deduplicate", reason="near_duplicate", count=30),),
        changes=(Change(step="clean", change="masked_email", count=7),),
    )
    incumbent, candidate = training_card("llama-4", 2e12), training_card("muse-spark", 1e12)
    return Content(
        run=run_record(),
        data={"collect": collect, "validate-raw": raw, "curate": curate},
        training={"train-incumbent": incumbent, "train-candidate": candidate},
        evaluation=evaluation_card(curate, candidate),
        safety=safety_card(),
        models={"register-candidate": model_card(candidate)},
        rollout=rollout_record(),
    )


class References(HTMLParser):
    """Collects what a page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "xlink:href", "data") and not (value or "").startswith("#"):
                self.found.append(f"{tag} {name}={value}")


def test_the_page_needs_nothing_else(whole: Content) -> None:
    page = render(whole)
    references = References()
    references.feed(page)
    assert references.found == []
    assert "script" not in references.tags
    assert references.tags.count("svg") == 3
    assert "@import" not in page
    assert re.findall(r"url\((?!#)", page) == []


def test_the_page_tells_the_whole_story(whole: Content) -> None:
    page = render(whole)
    for said in (
        "near duplicate",
        "masked email",
        "1 of 1 met",
        "muse-spark is better",
        "p = 0.017",
        "62.5%",
        "text (modality)",
        "2 TFLOP",
        "all met",
        "2 min 20 s",  # from the start of the run to 100 % on the last surface
        "promoted",
        "0 failed by the platform",
        "from curate, train-candidate",
    ):
        assert said in page, said


def test_equal_content_gives_an_equal_page(whole: Content) -> None:
    assert render(whole) == render(whole)


def test_charts_have_colours_of_the_page_and_names_for_readers(whole: Content) -> None:
    page = render(whole)
    assert "var(--candidate)" in page
    assert page.count('role="img" aria-label=') == 3
    for stand_in in ("#010203", "#040506", "#0a0b0c", "#0d0e0f"):
        assert stand_in not in page


def test_a_data_run_has_no_models_and_says_why_it_failed() -> None:
    steps = list(run_record(DATA_ENGINE).steps)
    steps[2] = steps[2].model_copy(
        update={"status": "failed", "problem": Problem(what="row <3> is broken", mend="mend it")}
    )
    run = run_record().model_copy(
        update={"steps": tuple(steps), "status": "failed", "pipeline": "data-engine"}
    )
    page = render(Content(run=run, data={"collect": data_card("collect", 5)}))
    assert "row &lt;3&gt; is broken" in page
    assert "muse run --resume 20261121-0405-training-0000" in page
    assert "Safety gate" not in page
    assert "<svg" not in page


def test_content_is_gathered_from_the_folders_of_the_steps(tmp_path: Path, whole: Content) -> None:
    home = Home(tmp_path)
    folder = home.runs / whole.run.id
    cards: dict[str, Card] = {**whole.cards}
    steps = []
    for step in whole.run.steps:
        place = None
        if step.name in cards:
            place = tmp_path / step.name
            cards[step.name].write(place)
        steps.append(step.model_copy(update={"folder": str(place) if place else None}))
    save(whole.run.model_copy(update={"steps": tuple(steps)}), folder)
    assert whole.rollout is not None
    whole.rollout.write(home.rollouts / "release-1")
    found = gather(folder)
    assert found.cards == whole.cards
    assert found.lead_seconds == 140.0
    assert write_report(folder).read_text() == render(found)


def test_only_a_later_release_of_this_candidate_belongs_to_the_run(tmp_path: Path) -> None:
    home = Home(tmp_path)
    candidate = model_card(training_card("muse-spark", 1e12))
    run = run_record()
    assert find_rollout(home, run, candidate) is None
    rollout_record(began=-50).write(home.rollouts / "earlier")
    rollout_record("muse-glimmer-v3").write(home.rollouts / "of-another")
    data_card("collect", 1).write(home.rollouts / "no-rollout")
    assert find_rollout(home, run, candidate) is None
    ours = rollout_record(began=200)
    rollout_record(began=100).write(home.rollouts / "first")
    ours.write(home.rollouts / "second")
    assert find_rollout(home, run, candidate) == ours
    assert find_rollout(home, run, None) is None


def test_a_release_that_was_taken_back_has_no_lead_time(whole: Content) -> None:
    assert whole.rollout is not None
    back = whole.rollout.model_copy(update={"decisions": whole.rollout.decisions[:2]})
    assert Content(run=whole.run, rollout=back).lead_seconds is None


@pytest.mark.parametrize(
    ("value", "words"), [(2.1e13, "21 TFLOP"), (999.0, "999 FLOP"), (1.5e9, "1.5 GFLOP")]
)
def test_flops_in_words(value: float, words: str) -> None:
    assert flops(value) == words
