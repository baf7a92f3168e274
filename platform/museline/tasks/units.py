"""Unit conversion. The factors are those of scipy.constants (CODATA and the legal definitions).

A prompt states how many decimals the answer has; halves are rounded up (away from zero).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from random import Random

from museline.examples.example import Example
from museline.extras import require
from museline.tasks.answers import same_number
from museline.tasks.families import LEVEL_WEIGHTS, LevelWeights
from museline.tasks.making import Parameters, Question, generated, parameters_of


@dataclass(frozen=True)
class _Conversion:
    """From one unit to another: `low` to `high` is the range of values, `decimals` the answer's."""

    level: int
    start: str
    target: str
    low: int
    high: int
    decimals: int


_UNITS = {
    "m": "1", "km": "kilo", "cm": "centi", "mm": "milli",
    "inches": "inch", "feet": "foot", "miles": "mile", "nautical miles": "nautical_mile",
    "g": "gram", "kg": "1", "pounds": "pound", "ounces": "ounce",
    "seconds": "1", "minutes": "minute", "hours": "hour", "days": "day", "weeks": "week",
    "J": "1", "kJ": "kilo", "calories": "calorie",
    "km/h": "kmh", "m/s": "1", "knots": "knot",
    "Pa": "1", "hPa": "hecto", "atm": "atm", "bar": "bar", "mmHg": "mmHg",
}  # fmt: skip
"""The name in scipy.constants of each unit's size in SI units ("1" for the SI unit itself)."""

_CONVERSIONS = (
    _Conversion(1, "km", "m", 1, 200, 0),
    _Conversion(1, "m", "cm", 1, 200, 0),
    _Conversion(1, "cm", "mm", 1, 200, 0),
    _Conversion(1, "kg", "g", 1, 200, 0),
    _Conversion(1, "kJ", "J", 1, 200, 0),
    _Conversion(1, "hours", "minutes", 1, 24, 0),
    _Conversion(1, "minutes", "seconds", 1, 30, 0),
    _Conversion(1, "weeks", "days", 1, 30, 0),
    _Conversion(1, "days", "hours", 1, 14, 0),
    _Conversion(1, "bar", "Pa", 1, 20, 0),
    _Conversion(2, "feet", "inches", 1, 50, 0),
    _Conversion(2, "cm", "m", 1, 400, 2),
    _Conversion(2, "g", "kg", 10, 990, 2),
    _Conversion(2, "minutes", "hours", 6, 300, 1),
    _Conversion(2, "inches", "cm", 1, 60, 1),
    _Conversion(2, "Celsius", "Kelvin", -30, 100, 0),
    _Conversion(2, "calories", "J", 1, 60, 0),
    _Conversion(3, "miles", "km", 1, 60, 1),
    _Conversion(3, "nautical miles", "km", 1, 40, 1),
    _Conversion(3, "pounds", "kg", 1, 60, 1),
    _Conversion(3, "ounces", "g", 1, 40, 0),
    _Conversion(3, "km/h", "m/s", 1, 90, 1),
    _Conversion(3, "knots", "km/h", 1, 40, 1),
    _Conversion(3, "Celsius", "Fahrenheit", -20, 60, 1),
    _Conversion(3, "atm", "hPa", 1, 20, 0),
    _Conversion(3, "mmHg", "Pa", 1, 60, 0),
)


def generate(
    seed: int, count: int, level_weights: LevelWeights = LEVEL_WEIGHTS
) -> Iterator[Example]:
    return generated(
        "units",
        seed,
        count,
        _draw,
        _answer,
        level_weights=level_weights,
        source="museline.tasks.units (scipy.constants)",
    )


def solve(example: Example) -> str:
    return _answer(parameters_of(example))


def check(example: Example, answer: str) -> bool:
    return same_number(answer, solve(example))


def _draw(rng: Random, level: int) -> Question:
    each = rng.choice([every for every in _CONVERSIONS if every.level == level])
    value = rng.randint(each.low, each.high)
    rounding = {0: "whole number", 1: "1 decimal", 2: "2 decimals"}[each.decimals]
    return Question(
        f"{value} {each.start} in {each.target}, {rounding}?",
        {"value": value, "from": each.start, "to": each.target, "decimals": each.decimals},
    )


def _answer(parameters: Parameters) -> str:
    value = Decimal(parameters["value"])
    start, target = parameters["from"], parameters["to"]
    if start == "Celsius":
        constants = require("scipy.constants", "unit conversion")
        exact = _decimal(constants.convert_temperature(float(value), start, target))
    else:
        exact = value * _factor(start) / _factor(target)
    step = Decimal(1).scaleb(-int(parameters["decimals"]))
    return str(exact.quantize(step, rounding=ROUND_HALF_UP))


@lru_cache
def _factor(unit: str) -> Decimal:
    """The size of `unit` in SI units."""
    name = _UNITS[unit]
    if name == "1":
        return Decimal(1)
    return _decimal(getattr(require("scipy.constants", "unit conversion"), name))


def _decimal(value: float) -> Decimal:
    """Twelve significant digits: what is left of a float without its binary rounding error."""
    return Decimal(f"{value:.12g}")
