"""Texts are mended, limited, and free of personal data; arithmetic stays as it is."""

import pytest

from museline.examples import to_table
from museline.tasks import FAMILIES
from museline_components.curate.batches import kept
from museline_components.curate.chain import admit
from museline_components.curate.clean import clean, clean_text
from museline_components.curate.config import Cleaning
from museline_components.curate.pii import mask, mask_json

REGIONS = ("US", "GB")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  one   two \t three  ", "one two three"),
        ("schÃ¶n", "schön"),
        ("if x:\n    y = 1  \n\n\n\n    z", "if x:\n    y = 1\n\n    z"),
        ("print('a')", "print('a')"),
        ("e\u0301", "é"),
        ("a &lt; b", "a &lt; b"),
    ],
)
def test_text_is_mended_and_indentation_stays(text, expected):
    assert clean_text(text) == expected


def test_cleaning_twice_changes_nothing_more():
    for text in ("schÃ¶n  und  gut", "a\n\n\n\nb", "x ​ y", "\ufeffstart"):
        assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(
    ("text", "expected", "kinds"),
    [
        ("write to ada.love@example.co.uk now", "write to <email> now", ["email"]),
        ("call +49 30 901820 today", "call <phone> today", ["phone"]),
        ("call +4930901820", "call <phone>", ["phone"]),
        ("ring (415) 555-2671 after six", "ring <phone> after six", ["phone"]),
        ("London: 020 7946 0958", "London: <phone>", ["phone"]),
        ("pay with 4111 1111 1111 1111, please", "pay with <card>, please", ["card"]),
        ("pay with 4111 1111 1111 1112, please", "pay with 4111 1111 1111 1112, please", []),
        ("to DE89 3704 0044 0532 0130 00 today", "to <iban> today", ["iban"]),
        ("to GB82WEST12345698765432", "to <iban>", ["iban"]),
        ("to GB82WEST12345698765433", "to GB82WEST12345698765433", []),
    ],
)
def test_personal_data_is_masked_by_check_digits_and_form(text, expected, kinds):
    assert mask(text, REGIONS) == (expected, kinds)


@pytest.mark.parametrize(
    "text",
    [
        "2125550123 + 4155552671 = ?",
        "What is 4155552671 - 2125550123?",
        "415-555-2671 = ?",
        "12 +4915123456789",
        "4111111111111111 + 1",
        "1 + 4111111111111111",
        "3 * 4111 1111 1111 1111",
        "0.41111111111111112",
        "Add 1234567 and 7654321",
        "12345678901234567890",
        "How many days from 2026-09-08 to 2026-10-26?",
        "100 200 300 400 500 600",
        "distance: Bonn 15, Turin 25, Bern 20. How many above 16?",
        "0000000000000000",
    ],
)
def test_numbers_of_a_task_are_no_personal_data(text):
    assert mask(text, REGIONS) == (text, [])


def test_no_generated_example_is_masked_or_mended():
    examples = [each for family in FAMILIES.values() for each in family.generate(7, 60)]
    table = clean(admit(to_table(examples)), Cleaning())
    assert table["prompt"].to_pylist() == [each.prompt for each in examples]
    assert table["answer"].to_pylist() == [each.answer for each in examples]
    assert all(kept(table))
    assert not any(table["changes"].to_pylist())


def test_parameters_of_the_users_own_data_are_masked_inside_their_json():
    text, found = mask_json(
        '{"from": "ada@example.org", "card": 4111111111111111, "n": 3}', REGIONS
    )
    assert text == '{"card": "<card>", "from": "<email>", "n": 3}'
    assert sorted(found) == ["card", "email"]
    assert mask_json("{'ada@example.org'}", REGIONS) == ("{'<email>'}", ["email"])


def test_empty_and_long_texts_are_dropped_with_their_reason(own):
    examples = [own(" "), own("question", " \n "), own("x" * 11), own("why", "y" * 6), own("fine")]
    config = Cleaning(maximum_prompt=10, maximum_answer=5)
    table = clean(admit(to_table(examples)), config)
    assert table["reason"].to_pylist() == [
        "empty prompt",
        "empty answer",
        "prompt longer than 10 characters",
        "answer longer than 5 characters",
        None,
    ]
    assert table["step"].to_pylist() == ["clean"] * 4 + [None]


def test_changes_are_noted_for_the_count(own):
    examples = [own("mail a@example.org or b@example.org"), own("two  spaces")]
    table = clean(admit(to_table(examples)), Cleaning())
    assert table["changes"].to_pylist() == [
        ["clean: email masked", "clean: email masked"],
        ["clean: text mended"],
    ]
    untouched = clean(admit(to_table(examples)), Cleaning(mask_personal_data=False))
    assert untouched["prompt"].to_pylist()[0] == examples[0].prompt
