"""Short stories with one or two calculations in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from museline.examples.example import Example
from museline.tasks.answers import same_number
from museline.tasks.families import LEVEL_WEIGHTS, LevelWeights
from museline.tasks.making import Parameters, Question, generated, parameters_of

_NAMES = ("Ada", "Ben", "Eva", "Ida", "Leo", "Mia", "Noa", "Tom")
_THINGS = ("apples", "books", "cards", "coins", "eggs", "pens", "shells", "stamps")


@dataclass(frozen=True)
class _Story:
    """`draw(rng, size)` gives the numbers a, b and c; `answer(a, b, c)` what is asked."""

    level: int
    text: str
    draw: Callable[[Random, int], tuple[int, int, int]]
    answer: Callable[[int, int, int], int]


def _any_two(rng: Random, size: int) -> tuple[int, int, int]:
    return rng.randint(2, size), rng.randint(2, size), 0


def _falling(rng: Random, size: int) -> tuple[int, int, int]:
    a = rng.randint(3, size)
    return a, rng.randint(1, a - 1), 0


def _falling_then_any(rng: Random, size: int) -> tuple[int, int, int]:
    a, b, _ = _falling(rng, size)
    return a, b, rng.randint(1, size)


def _small_factor(rng: Random, size: int) -> tuple[int, int, int]:
    return rng.randint(2, size), rng.randint(2, 9), 0


def _divisible(rng: Random, size: int) -> tuple[int, int, int]:
    b = rng.randint(2, 9)
    return b * rng.randint(2, size), b, 0


def _payment(rng: Random, size: int) -> tuple[int, int, int]:
    count, price = rng.randint(2, 9), rng.randint(2, size)
    return count * price + rng.randint(1, 20), count, price


_STORIES: dict[str, _Story] = {
    "gain": _Story(
        1,
        "{name} has {a} {things} and gets {b} more. How many now?",
        _any_two,
        lambda a, b, c: a + b,
    ),
    "loss": _Story(
        1,
        "{name} has {a} {things} and gives {b} away. How many are left?",
        _falling,
        lambda a, b, c: a - b,
    ),
    "boxes": _Story(
        2,
        "{a} boxes hold {b} {things} each. How many {things}?",
        _small_factor,
        lambda a, b, c: a * b,
    ),
    "share": _Story(
        2,
        "{name} shares {a} {things} among {b} friends. How many each?",
        _divisible,
        lambda a, b, c: a // b,
    ),
    "both": _Story(
        3,
        "{name} has {a} {things}, loses {b} and buys {c}. How many now?",
        _falling_then_any,
        lambda a, b, c: a - b + c,
    ),
    "change": _Story(
        3,
        "{name} pays {a} for {b} {things} at {c} each. How much change?",
        _payment,
        lambda a, b, c: a - b * c,
    ),
}
_SIZES = {1: 20, 2: 12, 3: 12}


def generate(
    seed: int, count: int, level_weights: LevelWeights = LEVEL_WEIGHTS
) -> Iterator[Example]:
    return generated("word_problems", seed, count, _draw, _answer, level_weights=level_weights)


def solve(example: Example) -> str:
    return _answer(parameters_of(example))


def check(example: Example, answer: str) -> bool:
    return same_number(answer, solve(example))


def _draw(rng: Random, level: int) -> Question:
    kind = rng.choice([name for name, story in _STORIES.items() if story.level == level])
    story = _STORIES[kind]
    a, b, c = story.draw(rng, _SIZES[level])
    words = {"name": rng.choice(_NAMES), "things": rng.choice(_THINGS)}
    return Question(story.text.format(a=a, b=b, c=c, **words), {"kind": kind, "numbers": [a, b, c]})


def _answer(parameters: Parameters) -> str:
    return str(_STORIES[parameters["kind"]].answer(*parameters["numbers"]))
