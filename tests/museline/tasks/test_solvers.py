"""Answers that people can check by hand."""

from __future__ import annotations

import json

import pytest

from museline.errors import DataError
from museline.examples import Example
from museline.tasks import FAMILIES


def ask(name: str, **parameters: object) -> str:
    family = FAMILIES[name]
    return family.solve(
        Example(
            "1", family.domain, name, family.modality, "test", "test", "", "",
            parameters=json.dumps(parameters),
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "a", "b", "answer"),
    [("+", 7, 8, "15"), ("-", 352, 452, "-100"), ("*", 12, 9, "108"), ("//", 95, 6, "15")],
)
def test_arithmetic(operation: str, a: int, b: int, answer: str) -> None:
    assert ask("arithmetic", operation=operation, a=a, b=b) == answer


@pytest.mark.parametrize(
    ("value", "start", "target", "decimals", "answer"),
    [
        (26, "miles", "km", 1, "41.8"),  # 41.842944
        (1, "pounds", "kg", 1, "0.5"),  # 0.45359237
        (5, "inches", "cm", 1, "12.7"),
        (125, "cm", "m", 2, "1.25"),
        (9, "ounces", "g", 0, "255"),  # 255.145701
        (37, "Celsius", "Fahrenheit", 1, "98.6"),
        (-30, "Celsius", "Kelvin", 0, "243"),  # 243.15
        (9, "km/h", "m/s", 1, "2.5"),
        (1, "atm", "hPa", 0, "1013"),  # 1013.25
        (15, "minutes", "hours", 1, "0.3"),  # 0.25: the half goes up
        (45, "minutes", "hours", 1, "0.8"),  # 0.75: the half goes up
    ],
)
def test_units(value: int, start: str, target: str, decimals: int, answer: str) -> None:
    question = {"value": value, "from": start, "to": target, "decimals": decimals}
    assert ask("units", **question) == answer


@pytest.mark.parametrize(
    ("analyte", "value", "answer"),
    [
        ("sodium", "134", "low"),
        ("sodium", "135", "normal"),
        ("sodium", "145", "normal"),
        ("sodium", "146", "high"),
        ("pH", "7.34", "low"),
        ("potassium", "5.0", "normal"),
    ],
)
def test_reference_ranges_include_their_bounds(analyte: str, value: str, answer: str) -> None:
    assert ask("reference_ranges", analyte=analyte, value=value) == answer


ROWS = [["fig", 7], ["kiwi", 5], ["pear", 9]]


@pytest.mark.parametrize(
    ("details", "answer"),
    [
        ({"ask": "value", "key": "kiwi"}, "5"),
        ({"ask": "largest"}, "pear"),
        ({"ask": "smallest"}, "kiwi"),
        ({"ask": "total"}, "21"),
        ({"ask": "above", "bound": 5}, "2"),
        ({"ask": "difference", "key": "pear", "other": "fig"}, "2"),
    ],
)
def test_table_lookup(details: dict[str, object], answer: str) -> None:
    assert ask("table_lookup", rows=ROWS, **details) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({"kind": "weekday", "day": "Saturday", "days": 9}, "Monday"),
        ({"kind": "end", "start": "23:30", "minutes": 45}, "00:15"),
        ({"kind": "minutes", "start": "11:50", "end": "12:15"}, "25"),
        ({"kind": "date", "date": "2028-02-28", "days": 2}, "2028-03-01"),
        ({"kind": "days", "date": "2026-12-31", "end": "2027-02-01"}, "32"),
        ({"kind": "slot", "busy": [[8, 9], [10, 12]], "hours": 1}, "9"),
        ({"kind": "slot", "busy": [[8, 9], [10, 12]], "hours": 2}, "12"),
        ({"kind": "slot", "busy": [[10, 12]], "hours": 2}, "8"),
    ],
)
def test_schedule(question: dict[str, object], answer: str) -> None:
    assert ask("schedule", **question) == answer


@pytest.mark.parametrize(
    ("kind", "numbers", "answer"),
    [
        ("gain", [3, 4, 0], "7"),
        ("loss", [9, 4, 0], "5"),
        ("boxes", [6, 5, 0], "30"),
        ("share", [24, 4, 0], "6"),
        ("both", [9, 4, 3], "8"),
        ("change", [20, 3, 5], "5"),
    ],
)
def test_word_problems(kind: str, numbers: list[int], answer: str) -> None:
    assert ask("word_problems", kind=kind, numbers=numbers) == answer


@pytest.mark.parametrize(
    "code",
    [
        "2 + 3 * 4", "(2 + 3) * 4", "49 % 6 == 1", "-7 // 2", "len('museum')", "'museum'[1:4]",
        "'museum'[:2]", "'museum'[3:]", "[4, 7, 1][-1]", "[4, 7, 1][0:2]", "sum([4, 7])",
        "max([4, 7]) - min([4, 7])", "3 >= 3", "'a' == 'b'",
    ],
)  # fmt: skip
def test_expressions_are_what_python_says(code: str) -> None:
    assert ask("expressions", code=code) == str(eval(code))


@pytest.mark.parametrize(
    "code", ["__import__('os')", "open('x')", "(lambda: 1)()", "x", "[1][0].real", "2 ** 99"]
)
def test_expressions_solve_nothing_else(code: str) -> None:
    with pytest.raises(DataError, match="does not know"):
        ask("expressions", code=code)


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(DataError, match="not an expression"):
        ask("expressions", code="2 +")


def test_a_list_may_be_written_without_spaces() -> None:
    example = Example(
        "1", "code", "expressions", "text", "t", "t", "", "", parameters='{"code": "[1, 2][0:2]"}'
    )
    check = FAMILIES["expressions"].check
    assert check(example, "[1,2]")
    assert not check(example, "[1, 3]")
    assert not check(example, "1, 2")
