"""What stands in a prompt for a value."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museline.errors import DataError
from museline.features import format_value, placeholders, render_prompt, views_with

FINITE = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (25.38, "25.38"),
        (0.2654, "0.2654"),
        (0.00001234567, "0.00001235"),
        (122.8, "122.8"),
        (122.84, "122.8"),
        (1234.56, "1235"),
        (123456.7, "123500"),
        (0.1, "0.1"),
        (-3.25, "-3.25"),
        (59, "59"),
        (59.0, "59"),
        (123456.0, "123456"),
        (-0.0, "0"),
        (0.0, "0"),
    ],
)
def test_numbers_have_four_significant_digits(value: float, text: str) -> None:
    assert format_value(value) == text


@given(FINITE)
def test_a_formatted_number_is_near_and_plain(value: float) -> None:
    text = format_value(value)
    assert set(text) <= set("-.0123456789")
    assert not text.endswith(".")
    assert math.isclose(float(Decimal(text)), value, rel_tol=5.01e-4)


@given(st.integers(-(2**53), 2**53))
def test_whole_numbers_look_alike_as_integers_and_as_floats(value: int) -> None:
    assert format_value(value) == format_value(float(value)) == str(value)


def test_only_names_in_braces_are_placeholders() -> None:
    template = "{a} {1} {} {b_2} {a} {{x}} { c } {a.b}"
    assert placeholders(template) == ("a", "b_2", "x")
    assert render_prompt(template, {"a": 1, "b_2": 2.5, "x": 3}) == "1 {1} {} 2.5 1 {3} { c } {a.b}"


@pytest.mark.parametrize("values", [{}, {"bmj": 1.0}, {"bmi": None}, {"bmi": math.nan}])
def test_a_missing_value_is_named(values: dict[str, float | None]) -> None:
    with pytest.raises(DataError, match=r"no value for the placeholder \{bmi\}"):
        render_prompt("bmi {bmi}", values)


def test_views_are_found_by_their_features() -> None:
    views = {"one": ("a", "b"), "two": ("b", "c")}
    assert views_with(["a"], views) == ["one"]
    assert views_with(["b"], views) == ["one", "two"]
    assert views_with(["a", "c"], views) == []
