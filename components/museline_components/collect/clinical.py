"""The clinical tables that ship with scikit-learn, as patients who are measured several times.

The data sets have one row per patient. That row is one visit; two visits before and one after are
derived from it: each measurement is multiplied by 1 + variation * z with a standard normal z and
rounded to four significant digits. The question is asked between the real visit and the later
one, so its label belongs to the values that were valid then, and a join that looks into the
future finds other values.
"""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from museline.examples import Example, example_id
from museline.extras import require
from museline.tasks.packaged import packaged_rows
from museline_components.collect.config import Configuration

RECORDS = "records"
_FIRST_OPENING = datetime.datetime(2024, 1, 1, 8, tzinfo=datetime.UTC)
_DAYS_APART = (150, 210)
"""Between two visits, at least and at most."""
_NUCLEI = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
    "concave_points", "symmetry", "fractal_dimension",
)  # fmt: skip


@dataclass(frozen=True)
class ClinicalTable:
    """`load()` gives the feature names, rows of values and labels; `steady` features never vary."""

    name: str
    source: str
    licence: str
    prompt: str
    load: Callable[[], tuple[list[str], list[list[float]], list[str]]]
    steady: tuple[str, ...] = ()


@dataclass(frozen=True)
class Patient:
    """`visits` are (time, values) in the order of time; `asked_at` lies before the last one."""

    row: int
    entity: str
    label: str
    visits: tuple[tuple[datetime.datetime, list[float]], ...]
    asked_at: datetime.datetime


def _breast_cancer() -> tuple[list[str], list[list[float]], list[str]]:
    """Ten measurements of cell nuclei: their means, standard errors, and worst values."""
    names = [f"mean_{each}" for each in _NUCLEI]
    names += [f"{each}_error" for each in _NUCLEI] + [f"worst_{each}" for each in _NUCLEI]
    rows = packaged_rows("breast_cancer.csv")
    labels = ["benign" if row[-1] else "malignant" for row in rows]
    return names, [list(row[:-1]) for row in rows], labels


def _diabetes() -> tuple[list[str], list[list[float]], list[str]]:
    """The label says where the disease's progression after a year lies against the median."""
    names = ["age", "sex", "bmi", "bp", "tc", "ldl", "hdl", "tch", "ltg", "glu"]
    targets = [row[0] for row in packaged_rows("diabetes_target.csv.gz")]
    median = statistics.median(targets)
    labels = ["above" if target > median else "below" for target in targets]
    return names, [list(row) for row in packaged_rows("diabetes_data_raw.csv.gz", " ")], labels


TABLES: dict[str, ClinicalTable] = {
    table.name: table
    for table in (
        ClinicalTable(
            "breast_cancer",
            "UCI Breast Cancer Wisconsin (Diagnostic) (scikit-learn)",
            "CC-BY-4.0",
            "radius {worst_radius} texture {mean_texture} concave {worst_concave_points}:"
            " malignant or benign?",
            _breast_cancer,
        ),
        ClinicalTable(
            "diabetes",
            "Diabetes data of Efron, Hastie, Johnstone and Tibshirani 2004 (scikit-learn)",
            "BSD-3-Clause",
            "bmi {bmi} pressure {bp} ltg {ltg}: diabetes progression above or below median?",
            _diabetes,
            steady=("age", "sex"),
        ),
    )
}


def patients(table: ClinicalTable, config: Configuration) -> tuple[list[str], list[Patient]]:
    """The feature names, and as many patients as the configuration asks for."""
    names, rows, labels = table.load()
    rng = Random(f"clinical:{table.name}:{config.seed}")
    chosen = sorted(rng.sample(range(len(rows)), config.scaled(table.name)))
    steady = [name in table.steady for name in names]
    return names, [
        _patient(table.name, row, rows[row], labels[row], steady, config) for row in chosen
    ]


def _patient(
    name: str, row: int, values: list[float], label: str, steady: list[bool], config: Configuration
) -> Patient:
    rng = Random(f"clinical:{name}:{config.seed}:{row}")

    def measured_again() -> list[float]:
        drawn = [1 + config.visit_variation * rng.gauss(0, 1) for _ in values]
        return [
            value if fixed else float(f"{value * factor:.4g}")
            for value, factor, fixed in zip(values, drawn, steady, strict=True)
        ]

    days = rng.randint(0, 364)
    times = []
    for _ in range(4):
        minutes = 15 * rng.randint(0, 36)
        times.append(_FIRST_OPENING + datetime.timedelta(days=days, minutes=minutes))
        days += rng.randint(*_DAYS_APART)
    first, second, real, later = times
    visits = (
        (first, measured_again()),
        (second, measured_again()),
        (real, values),
        (later, measured_again()),
    )
    asked_at = real + (later - real) * rng.uniform(0.05, 0.8)
    asked_at = asked_at.replace(second=0, microsecond=0)
    return Patient(row, f"{name.replace('_', '-')}-{row:04}", label, visits, asked_at)


def examples(table: ClinicalTable, people: list[Patient]) -> Iterator[Example]:
    """One question per patient. The prompt is the same, so the patient is part of the id."""
    for patient in people:
        yield Example(
            id=example_id(f"{table.source} {patient.entity}", table.prompt, patient.label),
            domain="health",
            family=table.name,
            modality="table",
            source=table.source,
            licence=table.licence,
            prompt=table.prompt,
            answer=patient.label,
            parameters=f'{{"row": {patient.row}}}',
            entity=patient.entity,
            event_time=patient.asked_at,
        )


def write_records(path: Path, names: list[str], people: list[Patient]) -> None:
    """One row per visit: entity, event_time (UTC), and the features as numbers."""
    pa = require("pyarrow", "writing records")
    parquet = require("pyarrow.parquet", "writing records")
    rows: list[dict[str, Any]] = [
        {"entity": patient.entity, "event_time": time, **dict(zip(names, values, strict=True))}
        for patient in people
        for time, values in patient.visits
    ]
    schema = pa.schema(
        [
            pa.field("entity", pa.string(), nullable=False),
            pa.field("event_time", pa.timestamp("us", tz="UTC"), nullable=False),
            *(pa.field(name, pa.float64()) for name in names),
        ]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.partial")
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), aside, compression="zstd")
    aside.replace(path)
