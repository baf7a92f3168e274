"""Is a laboratory value low, normal or high? Exercises in reading, not medical advice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from museline.examples.example import Example
from museline.tasks.answers import same_text
from museline.tasks.families import LEVEL_WEIGHTS, LevelWeights
from museline.tasks.making import Parameters, Question, generated, parameters_of


@dataclass(frozen=True)
class Analyte:
    """The usual range of a blood value, both bounds included."""

    low: str
    high: str
    unit: str


_MSD = "MSD Manual, Blood Tests"
_OXFORD = "Oxford Handbook of General Practice, 2nd edition, reference intervals"
SOURCE = f"museline.tasks.reference_ranges ({_MSD}; {_OXFORD})"
"""Sodium and potassium are from the Oxford Handbook, all others from the MSD Manual."""

ANALYTES: dict[str, Analyte] = {
    "amylase": Analyte("53", "123", "units/L"),
    "bicarbonate": Analyte("18", "23", "mEq/L"),
    "calcium": Analyte("8.5", "10.5", "mg/dL"),
    "chloride": Analyte("98", "106", "mEq/L"),
    "CO2 pressure": Analyte("35", "45", "mmHg"),
    "creatinine": Analyte("0.6", "1.2", "mg/dL"),
    "glucose": Analyte("70", "110", "mg/dL"),
    "iron": Analyte("60", "160", "ug/dL"),
    "iron-binding capacity": Analyte("250", "460", "ug/dL"),
    "lactate": Analyte("4.5", "19.8", "mg/dL"),
    "lipase": Analyte("10", "150", "units/L"),
    "pH": Analyte("7.35", "7.45", ""),
    "potassium": Analyte("3.5", "5.0", "mmol/L"),
    "sodium": Analyte("135", "145", "mmol/L"),
}


def generate(
    seed: int, count: int, level_weights: LevelWeights = LEVEL_WEIGHTS
) -> Iterator[Example]:
    return generated(
        "reference_ranges", seed, count, _draw, _answer, level_weights=level_weights, source=SOURCE
    )


def solve(example: Example) -> str:
    return _answer(parameters_of(example))


def check(example: Example, answer: str) -> bool:
    return same_text(answer, solve(example))


def _draw(rng: Random, level: int) -> Question:
    """Level 1 gives the range and a value far from its bounds, level 2 a near one, level 3 none.

    At level 3 the usual range must be known by heart.
    """
    name = rng.choice(list(ANALYTES))
    analyte = ANALYTES[name]
    low, high = Decimal(analyte.low), Decimal(analyte.high)
    step = Decimal(1).scaleb(min(_exponent(low), _exponent(high)))
    width = int((high - low) / step)
    value = _value(rng, level, int(low / step), width) * step
    given = "" if level == 3 else f" (usual {low} to {high})"
    unit = f" {analyte.unit}" if analyte.unit else ""
    return Question(
        f"{name} {value}{unit}{given}: low, normal or high?",
        {"analyte": name, "value": str(value), "range_given": level != 3},
    )


def _value(rng: Random, level: int, low: int, width: int) -> int:
    """A value in steps, from each of the three answers equally often; never below one step."""
    where = rng.choice(("low", "normal", "high"))
    reach = max(2, width if level == 1 else width // 3)
    near = max(1, width // 4) if level in (1, 3) else 1
    reach = max(reach, near)
    if where == "low":
        return max(1, low - rng.randint(near, reach))
    if where == "high":
        return low + width + rng.randint(near, reach)
    return low + rng.randint(0, width)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def _answer(parameters: Parameters) -> str:
    analyte, value = ANALYTES[parameters["analyte"]], Decimal(parameters["value"])
    if value < Decimal(analyte.low):
        return "low"
    return "high" if value > Decimal(analyte.high) else "normal"
