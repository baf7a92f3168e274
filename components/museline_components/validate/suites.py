"""The suites: which expectations hold for which batch. To add one, add a line here.

`notes` say why: the error of a failing batch shows them, and so do its Data Docs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from museline.examples import DOMAINS, MODALITIES, SPLITS
from museline.extras import require
from museline_components.validate.batch import FIELDS, Batch
from museline_components.validate.config import Configuration
from museline_components.validate.personal import EMAIL, TELEPHONE
from museline_components.validate.ranges import ANY_NUMBER, RANGES

TEXTS = ("id", "domain", "family", "modality", "source", "licence", "prompt", "answer")
STRING = ("string", "large_string")
TIMES = tuple(f"timestamp[{unit}, tz=UTC]" for unit in ("s", "ms", "us", "ns"))
NUMBERS = ("double", "float", "int64", "int32", "int16", "int8")
FIELD_TYPES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*TEXTS, "parameters", "entity", "split"), STRING),
    "image": ("binary", "large_binary"),
    "event_time": TIMES,
    "difficulty": NUMBERS,
    "quality": NUMBERS,
}
PLACEHOLDER = r"\{[A-Za-z_]\w*\}"


def expectations(batch: Batch, config: Configuration) -> list[Any]:
    """What `config.suite` expects of `batch`, in the order in which failures are told."""
    if batch.name == FIELDS.format("examples"):
        return _fields(FIELD_TYPES)
    if batch.name == "examples":
        rules = _every(config)
        if config.suite in ("curated", "features"):
            rules += _curated(config)
        if config.suite == "features":
            rules += _features()
        return rules
    if batch.file.endswith(f"/{batch.name}.parquet"):
        return _records(batch.name, list(batch.frame.columns))
    return _fields({"entity": STRING, "event_time": TIMES})


def _gxe() -> Any:
    require("great_expectations", "validating data")
    import great_expectations.expectations as gxe

    return gxe


def _column(name: str) -> Any:
    from great_expectations.expectations.row_conditions import Column

    return Column(name)


def _fields(types: Mapping[str, Sequence[str]]) -> list[Any]:
    gxe = _gxe()
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column="type",
            value_set=list(allowed),
            row_condition=_column("field") == name,
            notes=f"the column {name} has one type everywhere",
        )
        for name, allowed in types.items()
    ]


def _every(config: Configuration) -> list[Any]:
    gxe, modality = _gxe(), _column("modality")
    present = [gxe.ExpectColumnToExist(column=name) for name in FIELD_TYPES if name != "image"]
    filled = [gxe.ExpectColumnValuesToNotBeNull(column=name) for name in TEXTS]
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=config.minimum_examples, notes="a data set of nothing teaches nothing"
        ),
        *present,
        gxe.ExpectColumnToExist(column="image_bytes", notes="the column image, by its size"),
        *filled,
        gxe.ExpectColumnValuesToBeUnique(column="id", notes="an id names one example"),
        gxe.ExpectColumnValuesToBeInSet(column="domain", value_set=list(DOMAINS)),
        gxe.ExpectColumnValuesToBeInSet(column="modality", value_set=list(MODALITIES)),
        gxe.ExpectColumnValueLengthsToBeBetween(
            column="prompt", min_value=1, max_value=config.maximum_prompt
        ),
        gxe.ExpectColumnValueLengthsToBeBetween(
            column="answer", min_value=1, max_value=config.maximum_answer
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="answer", regex=r"\S", notes="an answer of spaces is none"
        ),
        gxe.ExpectColumnValueLengthsToBeBetween(
            column="licence", min_value=1, notes="what has no licence may not be trained on"
        ),
        gxe.ExpectColumnValuesToBeJsonParseable(column="parameters"),
        gxe.ExpectColumnValuesToBeBetween(
            column="image_bytes",
            min_value=1,
            notes="an image that is there has bytes",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="image_bytes",
            row_condition=modality == "image",
            notes="an image example has its image",
        ),
        gxe.ExpectColumnValuesToBeNull(
            column="image_bytes",
            row_condition=modality != "image",
            notes="only image examples have an image",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="entity",
            row_condition=modality == "table",
            notes="a table example says whose features fill its prompt",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="event_time",
            row_condition=modality == "table",
            notes="a table example says as of when",
        ),
        gxe.ExpectColumnValuesToBeBetween(column="difficulty", min_value=0, max_value=1),
        gxe.ExpectColumnValuesToBeBetween(column="quality", min_value=0, max_value=1),
    ]


def _curated(config: Configuration) -> list[Any]:
    gxe, kept = _gxe(), _column("split") != "quarantine"
    masked = (("e-mail addresses", EMAIL), ("telephone numbers", TELEPHONE))
    clean = [
        gxe.ExpectColumnValuesToNotMatchRegex(
            column=column, regex=pattern, row_condition=kept, notes=f"{what} are masked by curate"
        )
        for column in ("prompt", "answer")
        for what, pattern in (masked if config.masked else ())
    ]
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="split"),
        gxe.ExpectColumnValuesToBeInSet(column="split", value_set=list(SPLITS)),
        gxe.ExpectColumnDistinctValuesToContainSet(
            column="split",
            value_set=list(config.required_splits),
            notes="nothing can be trained or evaluated without these",
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="difficulty", row_condition=kept),
        gxe.ExpectColumnValuesToNotBeNull(column="quality", row_condition=kept),
        gxe.ExpectColumnValuesToBeUnique(
            column="content", row_condition=kept, notes="exact duplicates are removed by curate"
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="answer_right",
            value_set=[True],
            row_condition=kept,
            notes="wrong answers go to quarantine",
        ),
        *clean,
    ]


def _features() -> list[Any]:
    kept = _column("split") != "quarantine"
    return [
        _gxe().ExpectColumnValuesToNotMatchRegex(
            column="prompt",
            regex=PLACEHOLDER,
            row_condition=kept & (_column("modality") == "table"),
            notes="featurize fills every placeholder",
        )
    ]


def _records(view: str, columns: Sequence[str]) -> list[Any]:
    gxe = _gxe()
    numbers = [name for name in columns if name not in ("entity", "event_time")]
    known = RANGES.get(view, {})
    return [
        gxe.ExpectTableRowCountToBeBetween(min_value=1),
        gxe.ExpectColumnToExist(column="entity"),
        gxe.ExpectColumnToExist(column="event_time"),
        gxe.ExpectColumnValuesToNotBeNull(column="entity"),
        gxe.ExpectColumnValuesToNotBeNull(column="event_time"),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["entity", "event_time"], notes="one record per entity and time"
        ),
        *(gxe.ExpectColumnToExist(column=name) for name in known),
        *(
            gxe.ExpectColumnValuesToBeBetween(
                column=name,
                min_value=known.get(name, ANY_NUMBER)[0],
                max_value=known.get(name, ANY_NUMBER)[1],
                notes="measurements are finite and possible",
            )
            for name in numbers
        ),
    ]
