"""Sums, differences, products and integer division of whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from museline.examples.example import Example
from museline.tasks.answers import same_number
from museline.tasks.families import LEVEL_WEIGHTS, LevelWeights
from museline.tasks.making import Parameters, Question, generated, parameters_of

_PHRASES = {
    "+": ("{a} + {b} = ?", "What is {a} plus {b}?"),
    "-": ("{a} - {b} = ?", "What is {a} minus {b}?"),
    "*": ("{a} * {b} = ?", "What is {a} times {b}?"),
    "//": ("{a} // {b} = ?", "How often does {b} fit wholly into {a}?"),
}


def generate(
    seed: int, count: int, level_weights: LevelWeights = LEVEL_WEIGHTS
) -> Iterator[Example]:
    return generated("arithmetic", seed, count, _draw, _answer, level_weights=level_weights)


def solve(example: Example) -> str:
    return _answer(parameters_of(example))


def check(example: Example, answer: str) -> bool:
    return same_number(answer, solve(example))


def _draw(rng: Random, level: int) -> Question:
    operation = rng.choice(("+", "-", "*", "//"))
    a, b = _operands(rng, operation, level)
    prompt = rng.choice(_PHRASES[operation]).format(a=a, b=b)
    return Question(prompt, {"a": a, "b": b, "operation": operation})


def _operands(rng: Random, operation: str, level: int) -> tuple[int, int]:
    """Level 1 has a single digit beside a number within 20, level 2 stays within two digits,
    level 3 within three."""
    low, high = ((0, 20), (10, 99), (100, 999))[level - 1]
    if operation in "+-" and level == 1:
        a, b = rng.randint(low, high), rng.randint(0, 9)
        return (a, b) if operation == "+" else (max(a, b), min(a, b))
    if operation in "+-":
        a, b = rng.randint(low, high), rng.randint(low, high)
        return (a, b) if operation == "+" or level == 3 else (max(a, b), min(a, b))
    if operation == "*":
        return rng.randint(*((0, 10), (2, 19), (11, 99))[level - 1]), rng.randint(2, 9)
    return rng.randint(low, high), rng.randint(2, 9)


def _answer(parameters: Parameters) -> str:
    a, b = parameters["a"], parameters["b"]
    results = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "//": lambda: a // b,
    }
    return str(results[parameters["operation"]]())
