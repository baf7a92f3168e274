"""Score: how hard an example is, and how good its texts are; both from 0 to 1."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from museline_components.curate import batches

_NUMBERS = re.compile(r"\d+")
_STEPS = re.compile(
    r"[+*/×÷^%=<>−]|(?<=[\d\s)])-(?=[\d\s(])|\b(?:and|then|after|before|times|of)\b"
)
_WORD = re.compile(r"\w+")


LEVELS = 3
"""Families that know how hard a task is write a level from 1 to this into its parameters."""


def difficulty(prompt: str, answer: str, level: int | None = None) -> float:
    """More numbers, longer ones, more steps, longer texts and answers are harder.

    Each share grows from 0 towards 1 as 1 - exp(-amount / scale); the weights add up to 1. A
    known level gives the third of the scale, and the text the place within it.
    """
    numbers = _NUMBERS.findall(prompt)
    text = (
        0.25 * _share(sum(len(each) for each in numbers), 8)
        + 0.15 * _share(len(numbers), 4)
        + 0.25 * _share(len(_STEPS.findall(prompt)), 3)
        + 0.2 * _share(len(prompt), 120)
        + 0.15 * _share(len(answer), 6)
    )
    return round(text if level is None else (level - 1 + text) / LEVELS, 4)


def quality(prompt: str, answer: str) -> float:
    """1 for a clean text, less for each sign of a broken one.

    Signs: replacement characters, few letters or digits, repeated words, an answer that the prompt
    ends with, masked personal data.
    """
    whole = prompt + answer
    meaning = sum(character.isalnum() for character in whole) / len(whole) if whole else 0.0
    words = _WORD.findall(prompt.casefold())
    repeated = 1 - len(set(words)) / len(words) if len(words) >= 12 else 0.0
    value = 1.0
    value -= 0.6 * min(1.0, 20 * whole.count("\ufffd") / max(1, len(whole)))
    value -= 0.6 * max(0.0, 1 - meaning / 0.3)
    value -= 0.7 * max(0.0, (repeated - 0.5) / 0.5)
    value -= 0.3 * (len(answer) > 3 and prompt.endswith(answer))
    value -= 0.1 * min(3, len(re.findall(r"<(?:email|phone|card|iban)>", whole)))
    return round(max(0.0, value), 4)


def score(table: Any) -> Any:
    """The batch with `difficulty` and `quality` set for every row."""
    prompts, answers = table["prompt"].to_pylist(), table["answer"].to_pylist()
    levels = [_level(each) for each in table["parameters"].to_pylist()]
    rows = list(zip(prompts, answers, levels, strict=True))
    table = batches.with_column(table, "difficulty", [difficulty(*row) for row in rows])
    return batches.with_column(
        table, "quality", [quality(prompt, answer) for prompt, answer, _ in rows]
    )


def _level(parameters: str) -> int | None:
    if '"level"' not in parameters:
        return None
    try:
        level = json.loads(parameters).get("level")
    except (ValueError, AttributeError):
        return None
    return level if isinstance(level, int) and 1 <= level <= LEVELS else None


def _share(amount: float, scale: float) -> float:
    return 1 - math.exp(-amount / scale)
