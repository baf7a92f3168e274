"""Look-up and aggregation in a small table that stands in the prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from museline.examples.example import Example
from museline.tasks.answers import same_answer
from museline.tasks.families import LEVEL_WEIGHTS, LevelWeights
from museline.tasks.making import Parameters, Question, generated, parameters_of

Rows = list[list[str | int]]

_THEMES: dict[str, tuple[str, ...]] = {
    "price": ("bread", "fig", "kiwi", "lime", "milk", "pear", "rice", "tea"),
    "age": ("Ada", "Ben", "Eva", "Ida", "Leo", "Mia", "Noa", "Tom"),
    "distance": ("Bern", "Bonn", "Graz", "Lille", "Nice", "Rome", "Turin", "Ulm"),
}
_ASKED = {
    "value": "{theme} of {key}?",
    "largest": "Which has the largest {theme}?",
    "smallest": "Which has the smallest {theme}?",
    "total": "Total {theme}?",
    "above": "How many have {theme} above {bound}?",
    "difference": "{theme} of {key} minus {other}?",
}
_LEVELS = {
    1: ("value",),
    2: ("value", "largest", "smallest"),
    3: ("total", "above", "difference"),
}

_HIGHEST = {1: 9, 2: 59, 3: 29}
"""The largest value in a table."""


def generate(
    seed: int, count: int, level_weights: LevelWeights = LEVEL_WEIGHTS
) -> Iterator[Example]:
    return generated("table_lookup", seed, count, _draw, _answer, level_weights=level_weights)


def solve(example: Example) -> str:
    return _answer(parameters_of(example))


def check(example: Example, answer: str) -> bool:
    return same_answer(answer, solve(example))


def _draw(rng: Random, level: int) -> Question:
    theme = rng.choice(list(_THEMES))
    size = rng.randint(3, 4) if level == 3 else rng.randint(2, 3)
    keys = rng.sample(_THEMES[theme], size)
    values = rng.sample(range(2, _HIGHEST[level] + 1), size)
    rows: Rows = [[key, value] for key, value in zip(keys, values, strict=True)]
    key, other = sorted(rng.sample(range(size), 2), key=lambda row: -values[row])
    ask = rng.choice(_LEVELS[level])
    details: Parameters = {"key": keys[key], "other": keys[other], "bound": rng.randint(2, 29)}
    used = {name: value for name, value in details.items() if f"{{{name}}}" in _ASKED[ask]}
    table = ", ".join(f"{name} {value}" for name, value in rows)
    asked = _ASKED[ask].format(theme=theme, **used)
    return Question(f"{theme}: {table}. {asked}", {"rows": rows, "ask": ask, **used})


def _answer(parameters: Parameters) -> str:
    rows: dict[str, int] = dict(parameters["rows"])
    results: dict[str, Callable[[], object]] = {
        "value": lambda: rows[parameters["key"]],
        "largest": lambda: max(rows, key=rows.__getitem__),
        "smallest": lambda: min(rows, key=rows.__getitem__),
        "total": lambda: sum(rows.values()),
        "above": lambda: sum(value > parameters["bound"] for value in rows.values()),
        "difference": lambda: rows[parameters["key"]] - rows[parameters["other"]],
    }
    return str(results[parameters["ask"]]())
