"""Turns cards into the words and numbers that the page shows."""

from __future__ import annotations

import json
from typing import Any

from museline.cards import DatasetCard, EvaluationCard, SuiteScore
from museline_pipelines.display import describe_cache, describe_seconds
from museline_pipelines.report import charts
from museline_pipelines.report.content import Content
from museline_pipelines.running import resume_command

SIGNIFICANT = 0.05


def build(content: Content) -> dict[str, Any]:
    """Everything that the template is given."""
    run = content.run
    return {
        "run": run,
        "resume": resume_command(run),
        "created": f"{run.created_at:%d %B %Y, %H:%M} UTC",
        "duration": describe_seconds(run.seconds) if run.seconds is not None else "",
        "tiles": tiles(content),
        "funnel": funnel(content),
        "dropped": dropped(content),
        "changes": changes(content),
        "mixtures": mixtures(content),
        "suites": [
            (name, card.validation) for name, card in content.data.items() if card.validation
        ],
        "training": list(content.training.values()),
        "loss_chart": charts.loss_chart(list(content.training.values()))
        if content.training
        else "",
        "evaluation": content.evaluation,
        "score_charts": score_charts(content.evaluation) if content.evaluation else [],
        "verdicts": verdicts(content.evaluation) if content.evaluation else [],
        "safety": content.safety,
        "rollout": content.rollout,
        "lead": describe_seconds(content.lead_seconds) if content.lead_seconds else "",
        "weights_chart": charts.weights_chart(content.rollout) if content.rollout else "",
        "lineage": lineage(content),
        "steps": steps(content),
        "configuration": json.dumps(run.configuration, indent=2),
    }


def flops(value: float) -> str:
    """`1.23e12` as `1.23 TFLOP`."""
    for size, prefix in ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M")):
        if value >= size:
            return f"{value / size:.3g} {prefix}FLOP"
    return f"{value:,.0f} FLOP"


def tiles(content: Content) -> list[tuple[str, str, str]]:
    """What matters most, as (name, value, remark)."""
    found = []
    if content.rollout:
        remark = f"{content.rollout.incumbent} → {content.rollout.candidate}"
        found.append(("release", content.rollout.outcome.replace("_", " "), remark))
        served = sum(content.rollout.requests.values())
        failed = content.rollout.measures.get("platform_failed_requests")
        remark = "" if failed is None else f"{failed:,.0f} failed by the platform"
        found.append(("requests served", f"{served:,}", remark))
    if content.lead_seconds:
        found.append(("lead time", describe_seconds(content.lead_seconds), "raw data to 100 %"))
    if content.evaluation:
        for model in (content.evaluation.candidate, content.evaluation.incumbent):
            if score := _overall(content.evaluation, model):
                span = f"{score.score.low:.0%} to {score.score.high:.0%}, {score.cases:,} cases"
                found.append((f"{model} is right", f"{score.score.value:.1%}", span))
    for card in content.training.values():
        remark = f"{card.parameters:,} parameters, {card.tokens:,} tokens"
        found.append((f"{card.name} cost", flops(card.flops), remark))
    if content.safety:
        word = "passed" if content.safety.passed else "held back"
        found.append(("safety gate", word, content.safety.rule))
    if last := next(reversed(content.data.values()), None):
        found.append(("examples", f"{last.examples:,}", f"from {len(last.sources)} sources"))
    return found


def _overall(card: EvaluationCard, model: str) -> SuiteScore | None:
    return next((each for each in card.scores if (each.model, each.suite) == (model, "all")), None)


def funnel(content: Content) -> list[dict[str, Any]]:
    """Examples after each data step, with the width of its bar in percent."""
    largest = max((card.examples for card in content.data.values()), default=0) or 1
    return [
        {"step": name, "examples": card.examples, "width": 100 * card.examples / largest}
        for name, card in content.data.items()
    ]


def dropped(content: Content) -> list[tuple[str, str, int]]:
    """Each reason once, as (step, reason, count), most frequent first."""
    rows = {
        (each.step, each.reason): each.count
        for card in content.data.values()
        for each in card.dropped
        if each.count
    }
    return sorted(((*key, count) for key, count in rows.items()), key=lambda row: -row[2])


def changes(content: Content) -> list[tuple[str, str, int]]:
    """What was changed in examples that were kept, as (step, change, count)."""
    rows = {
        (each.step, each.change): each.count
        for card in content.data.values()
        for each in card.changes
        if each.count
    }
    return sorted(((*key, count) for key, count in rows.items()), key=lambda row: -row[2])


def mixtures(content: Content) -> list[tuple[str, list[tuple[str, int, float]]]]:
    """What the last data set consists of: by split, domain and modality, with widths."""
    card: DatasetCard | None = next(reversed(content.data.values()), None)
    if card is None:
        return []
    result = []
    for name, counts in (
        ("split", card.by_split),
        ("domain", card.by_domain),
        ("modality", card.by_modality),
    ):
        largest = max(counts.values(), default=0) or 1
        ordered = sorted(counts.items(), key=lambda item: -item[1])
        rows = [(key, count, 100 * count / largest) for key, count in ordered]
        if rows:
            result.append((name, rows))
    return result


def score_charts(card: EvaluationCard) -> list[str]:
    """One chart: all cases, then each domain, then each modality."""
    rows: dict[str, None] = {}
    by_model: dict[str, dict[str, SuiteScore]] = {card.incumbent: {}, card.candidate: {}}
    for part in ("all", "domain", "modality"):
        for score in card.scores:
            kind, _, name = score.suite.partition("/")
            if kind == part and score.model in by_model:
                row = {"all": "all cases", "domain": name}.get(part, f"{name} (modality)")
                rows.setdefault(row)
                by_model[score.model][row] = score
    return [charts.score_chart(list(rows), by_model)] if rows else []


def verdicts(card: EvaluationCard) -> list[str]:
    """The paired tests as sentences."""
    sentences = []
    for test in card.paired:
        low, high = test.difference.low * 100, test.difference.high * 100
        if test.p_value >= SIGNIFICANT:
            verdict = "no difference that the cases could prove"
        elif test.difference.value > 0:
            verdict = f"{card.candidate} is better"
        else:
            verdict = f"{card.incumbent} is better"
        sentences.append(
            f"{test.suite}: {verdict}. Of {test.cases:,} cases only {card.candidate} solved "
            f"{test.only_candidate:,}, only {card.incumbent} {test.only_incumbent:,}: "
            f"{test.difference.value * 100:+.1f} points ({low:+.1f} to {high:+.1f}), "
            f"p = {test.p_value:.2g} (McNemar, exact)."
        )
    return sentences


def lineage(content: Content) -> list[dict[str, Any]]:
    """Each card with its digest and the steps that its parents came from."""
    cards = content.cards
    origin = {card.digest(): name for name, card in cards.items()}
    return [
        {
            "step": name,
            "kind": card.kind,
            "digest": card.digest(),
            "parents": [origin.get(parent.digest, parent.digest[:12]) for parent in card.parents],
        }
        for name, card in cards.items()
    ]


def steps(content: Content) -> list[dict[str, Any]]:
    """Each step with its time and the width of its bar in percent."""
    longest = max((step.seconds or 0.0 for step in content.run.steps), default=0.0) or 1.0
    return [
        {
            "name": step.name,
            "status": step.status,
            "time": describe_seconds(step.seconds) if step.seconds is not None else "",
            "width": 100 * (step.seconds or 0.0) / longest,
            "remark": describe_cache(content.run, step) if step.status == "cached" else step.note,
        }
        for step in content.run.steps
    ]
