"""Comparing answers: harmless differences of format are forgiven, nothing else is."""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


def same_number(given: str, true: str) -> bool:
    """Whether `given` is the number `true`: `+7`, ` 7` and `7.0` are 7; `7 euros` is not."""
    given = given.strip()
    return bool(_NUMBER.fullmatch(given)) and Decimal(given) == Decimal(true)


def same_text(given: str, true: str) -> bool:
    """Whether the texts are equal but for outer spaces and for runs of spaces."""
    return given.split() == true.split()


def same_answer(given: str, true: str) -> bool:
    """`same_number` where the true answer is a number, else `same_text`."""
    return same_number(given, true) if is_number(true) else same_text(given, true)


def is_number(text: str) -> bool:
    """Whether `text` is a decimal number, with or without a sign."""
    return bool(_NUMBER.fullmatch(text))
