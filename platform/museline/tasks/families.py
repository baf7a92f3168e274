"""The table of task families."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from museline.errors import ConfigurationError, near
from museline.examples.example import Example

LevelWeights = tuple[float, float, float]
"""How often easy, middling and hard questions are asked, relative to each other."""

LEVEL_WEIGHTS: LevelWeights = (4, 3, 3)
"""Of ten questions four are easy, three middling and three hard."""


@dataclass(frozen=True)
class TaskFamily:
    """A module with `generate(seed, count, level_weights)`, `solve(example)` and
    `check(example, answer)`.

    `usual_count` is how many examples the collect stage makes unless it is told otherwise.
    """

    name: str
    domain: str
    modality: str
    module: str
    usual_count: int = 1000

    def generate(
        self, seed: int, count: int, level_weights: LevelWeights = LEVEL_WEIGHTS
    ) -> Iterator[Example]:
        """`count` examples with true answers; equal seeds and weights give equal examples."""
        work = cast(
            "Callable[[int, int, LevelWeights], Iterator[Example]]", self._function("generate")
        )
        return work(seed, count, level_weights)

    def solve(self, example: Example) -> str:
        """The true answer, computed from `example.parameters` alone."""
        return cast("Callable[[Example], str]", self._function("solve"))(example)

    def check(self, example: Example, answer: str) -> bool:
        """Whether `answer` is right."""
        return cast("Callable[[Example, str], bool]", self._function("check"))(example, answer)

    def _function(self, name: str) -> object:
        return getattr(importlib.import_module(self.module), name)


FAMILIES: dict[str, TaskFamily] = {
    family.name: family
    for family in (
        TaskFamily("arithmetic", "mathematics", "text", "museline.tasks.arithmetic", 2000),
        TaskFamily("word_problems", "mathematics", "text", "museline.tasks.word_problems", 1300),
        TaskFamily("units", "science", "text", "museline.tasks.units", 1100),
        TaskFamily("reference_ranges", "health", "text", "museline.tasks.reference_ranges", 1100),
        TaskFamily("table_lookup", "everyday", "text", "museline.tasks.table_lookup", 1200),
        TaskFamily("schedule", "planning", "text", "museline.tasks.schedule", 1200),
        TaskFamily("expressions", "code", "text", "museline.tasks.expressions", 1100),
        TaskFamily("digits", "vision", "image", "museline.tasks.digits", 2000),
    )
}


def solve(example: Example) -> str | None:
    """The true answer of `example`, or None if its family has no solver (the user's own data)."""
    family = FAMILIES.get(example.family)
    return family.solve(example) if family else None


def check_answer(example: Example, answer: str) -> bool:
    """Whether `answer` is right: by the family's checker, else by equality without outer space."""
    family = FAMILIES.get(example.family)
    if family:
        return family.check(example, answer)
    return answer.strip() == example.answer.strip()


def pool_of(example: Example) -> str | None:
    """The split that an example's raw material belongs to, or None where any split will do.

    Examples built from the same material (scans of digits) must not be torn apart between
    training and evaluation: such a family writes `pool` into the parameters.
    """
    pool = json.loads(example.parameters).get("pool")
    return pool if isinstance(pool, str) else None


def family(name: str) -> TaskFamily:
    """The family called `name`. Raises ConfigurationError, with the near names, for others."""
    if name not in FAMILIES:
        raise ConfigurationError(
            "there is no such task family", value=name, allowed=near(name, FAMILIES)
        )
    return FAMILIES[name]
