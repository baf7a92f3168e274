"""Runs suites over batches by Great Expectations, and tells the outcome in museline's words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from museline.cards import ExpectationResult
from museline.extras import require
from museline_components.validate.batch import Batch
from museline_components.validate.personal import without_personal_data


@dataclass(frozen=True)
class Verdict:
    """One expectation's result, with the first offending rows and the reason for the rule."""

    batch: str
    result: ExpectationResult
    rows: tuple[dict[str, object], ...] = ()
    condition: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Judgement:
    """The verdicts over one batch, and Great Expectations' own result for the Data Docs."""

    batch: Batch
    verdicts: tuple[Verdict, ...]
    result: Any


def judge(
    suite: str, batches: Sequence[tuple[Batch, Sequence[Any]]], shown: int
) -> list[Judgement]:
    """Run each batch's expectations; at most `shown` offending rows are kept for each.

    The context lives in memory and sends nothing anywhere.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    gx = require("great_expectations", "validating data")
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_pandas("museline")
    judgements = []
    for batch, rules in batches:
        asset = source.add_dataframe_asset(batch.name)
        definition = gx.ValidationDefinition(
            name=f"{suite}: {batch.name}",
            data=asset.add_batch_definition_whole_dataframe("whole"),
            suite=context.suites.add(
                gx.ExpectationSuite(
                    name=f"{suite}: {batch.name}", expectations=_runnable(batch, rules)
                )
            ),
        )
        context.validation_definitions.add(definition)
        result = definition.run(
            batch_parameters={"dataframe": batch.frame},
            result_format={"result_format": "SUMMARY", "partial_unexpected_count": shown},
        )
        order = {rule.id: number for number, rule in enumerate(rules)}
        outcomes = sorted(result.results, key=lambda each: order[each.expectation_config.id])
        verdicts = tuple(_verdict(batch, each, shown) for each in outcomes)
        judgements.append(Judgement(batch, verdicts, result))
    return judgements


def _runnable(batch: Batch, rules: Sequence[Any]) -> list[Any]:
    """The rules without those over columns that are not there: ExpectColumnToExist tells that."""
    columns = set(batch.frame.columns)
    return [
        rule
        for rule in rules
        if rule.expectation_type == "expect_column_to_exist" or _columns(rule) <= columns
    ]


def _columns(rule: Any) -> set[str]:
    """The columns that a rule reads, those of its condition included."""
    columns = set(getattr(rule, "column_list", None) or [])
    columns |= {rule.column} if getattr(rule, "column", None) else set()
    return columns | _condition_columns(getattr(rule, "row_condition", None))


def _condition_columns(condition: Any) -> set[str]:
    if condition is None:
        return set()
    if hasattr(condition, "conditions"):
        return set().union(*(_condition_columns(each) for each in condition.conditions))
    return {condition.column.name}


def _in_words(condition: Any) -> str:
    """A condition as people read it: `modality == image and split != quarantine`."""
    if not condition:
        return ""
    if "conditions" in condition:
        return " and ".join(_in_words(each) for each in condition["conditions"])
    return f"{condition['column']['name']} {condition['operator']} {condition['parameter']}"


def _verdict(batch: Batch, outcome: Any, shown: int) -> Verdict:
    rule, result = outcome.expectation_config, outcome.result or {}
    kwargs = rule.kwargs
    rows = int(result.get("element_count", len(batch.frame)))
    failing = 0 if outcome.success else int(result.get("unexpected_count", rows))
    column = kwargs.get("column") or ", ".join(kwargs.get("column_list", ())) or None
    positions = list(result.get("partial_unexpected_index_list") or [])[:shown]
    return Verdict(
        batch=batch.name,
        result=ExpectationResult(
            expectation=rule.type,
            column=column if batch.name == "examples" or not column else f"{batch.name}.{column}",
            met=bool(outcome.success),
            rows=rows,
            failing=failing,
        ),
        rows=tuple(_compact(batch, position, kwargs) for position in positions),
        condition=_in_words(rule.to_json_dict()["kwargs"].get("row_condition")),
        detail=_detail(rule, result, outcome.exception_info or {}),
    )


def _compact(batch: Batch, position: int, kwargs: Any) -> dict[str, object]:
    """The offending row: its name and the columns that the expectation is about, shortened."""
    about = [kwargs["column"]] if kwargs.get("column") else list(kwargs.get("column_list", ()))
    if kwargs.get("column") in ("answer", "answer_right"):
        about += ["prompt", "answer"]
    row = batch.frame.iloc[position]
    names = [
        name
        for name in ("id", "entity", "field")
        if name in batch.frame.columns and _short(row[name]) is not None
    ]
    return {name: _short(row[name]) for name in dict.fromkeys([*names, *about])}


def _short(value: object) -> object:
    """A cell as JSON has it: numbers as they are, texts in at most 80 characters."""
    if value is None or value != value:  # NaN and NaT are unequal to themselves
        return None
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, int | float | bool):
        return plain
    text = without_personal_data(str(plain))
    return text if len(text) <= 80 else text[:77] + "..."


def _detail(rule: Any, result: Any, exception: Any) -> str:
    """What was seen where no rows can be shown, and the reason of the rule."""
    parts = [str(rule.notes)] if rule.notes else []
    if result.get("observed_value") is not None:
        parts.append(f"seen: {result['observed_value']}")
    if result.get("partial_missing_list"):
        parts.append(f"missing: {', '.join(map(str, result['partial_missing_list']))}")
    messages = [exception, *exception.values()]
    for each in messages:
        if isinstance(each, dict) and each.get("exception_message"):
            parts.append(f"could not be computed: {each['exception_message']}")
            break
    return "; ".join(parts)
