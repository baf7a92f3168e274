"""What the generators share: levels of difficulty, distinct questions, the finished example."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from museline.errors import DataError
from museline.examples.example import Example, example_id
from museline.tasks.families import FAMILIES, LEVEL_WEIGHTS, LevelWeights

Parameters = dict[str, Any]

LEVELS = (1, 2, 3)

OWN_LICENCE = "Apache-2.0"
"""Generated text is part of Museline, and has its licence."""

_TRIES = 60
"""How often a generator draws anew before it accepts that its questions are used up."""


@dataclass(frozen=True)
class Question:
    """A prompt, and the parameters from which its answer follows."""

    prompt: str
    parameters: Parameters
    image: bytes | None = None


def generated(
    name: str,
    seed: int,
    count: int,
    draw: Callable[[random.Random, int], Question],
    answer: Callable[[Parameters], str],
    *,
    level_weights: LevelWeights = LEVEL_WEIGHTS,
    source: str = "",
    licence: str = OWN_LICENCE,
) -> Iterator[Example]:
    """`count` examples of the family `name`, all with different parameters while there are any.

    `draw(rng, level)` makes a question; the level is stored as the parameter `level`. Equal seeds
    and weights give equal examples, and a smaller count gives the beginning of a larger one.
    """
    family = FAMILIES[name]
    source = source or f"museline.tasks.{name}"
    rng = random.Random(f"{name}:{seed}")
    seen: set[str] = set()
    for _ in range(count):
        for _ in range(_TRIES):
            level = rng.choices(LEVELS, level_weights)[0]
            question = draw(rng, level)
            key = json.dumps(question.parameters, sort_keys=True)
            if key not in seen:
                break
        seen.add(key)
        true = answer(question.parameters)
        yield Example(
            id=example_id(source, question.prompt, true, question.image),
            domain=family.domain,
            family=name,
            modality=family.modality,
            source=source,
            licence=licence,
            prompt=question.prompt,
            answer=true,
            parameters=json.dumps(question.parameters | {"level": level}),
            image=question.image,
        )


def parameters_of(example: Example) -> Parameters:
    """The parameters of `example`. Raises DataError if they are not a JSON object."""
    try:
        parameters = json.loads(example.parameters)
    except ValueError as error:
        raise _broken(example) from error
    if not isinstance(parameters, dict):
        raise _broken(example)
    return parameters


def _broken(example: Example) -> DataError:
    return DataError(
        f"the parameters of example {example.id} are not a JSON object",
        value=example.parameters,
        mend=f"collect the family {example.family} anew",
    )
