"""Fills the placeholders of a prompt: one function for training and for serving."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal

from museline.errors import DataError, near

SIGNIFICANT_DIGITS = 4
PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """The names in braces in `template`, each once, in order. Other braces are plain text."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(template)))


def render_prompt(template: str, values: Mapping[str, float | None]) -> str:
    """`template` with each `{name}` replaced by `format_value(values[name])`.

    Raises DataError for a name without a value.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        value = values.get(name)
        if value is None or math.isnan(value):
            raise DataError(
                f"there is no value for the placeholder {{{name}}}", allowed=near(name, values)
            )
        return format_value(value)

    return PLACEHOLDER.sub(value_of, template)


def format_value(value: float) -> str:
    """A number as prompts show it.

    Whole numbers are written without a point, others with four significant digits (ties to the even
    digit of their exact binary value), without trailing zeros and without an exponent.
    """
    if float(value).is_integer():
        return str(int(value))
    digits = f"{Decimal(f'{value:.{SIGNIFICANT_DIGITS}g}'):f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
