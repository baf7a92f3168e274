"""What is forgiven in an answer, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museline.tasks.answers import is_number, same_answer, same_number, same_text


@pytest.mark.parametrize("given_answer", ["7", " 7", "+7", "7.0", "7.", "07", "7.000\n"])
def test_a_number_may_be_written_in_several_ways(given_answer: str) -> None:
    assert same_number(given_answer, "7")


@pytest.mark.parametrize(
    "given_answer", ["", "-7", "7 euros", "seven", "7,0", "1e1", "0x7", "７", "7 7", "nan", "--7"]
)
def test_nothing_else_is_that_number(given_answer: str) -> None:
    assert not same_number(given_answer, "7")


def test_texts_differ_by_spaces_only() -> None:
    assert same_text(" low  value ", "low value")
    assert not same_text("Low", "low")
    assert not same_text("lo w", "low")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-999, max_value=999))
def test_trailing_zeros_and_a_plus_never_matter(number: object) -> None:
    text = f"{number}"
    assert is_number(text)
    assert same_answer(text + "0", text)
    assert same_answer(text if text.startswith("-") else f"+{text}", text)
    assert not same_answer(text + "1", text)
