"""Splits are stable, keep their shares, and tear nothing apart."""

from collections import Counter

import pytest
from pydantic import ValidationError

from museline.examples import to_table
from museline.tasks.digits import generate, pool_of_scan
from museline.tasks.making import parameters_of
from museline_components.curate.batches import examples as rows_of
from museline_components.curate.chain import admit, prepare
from museline_components.curate.config import Configuration, Routing
from museline_components.curate.route import by_hash


def splits(examples, **settings):
    table = prepare(admit(to_table(examples)), Configuration(routing=Routing(**settings)))
    return table["split"].to_pylist()


def test_shares_are_kept():
    counts = Counter(by_hash(f"id-{number}", Routing()) for number in range(20_000))
    assert abs(counts["evaluation"] / 20_000 - 0.1) < 0.01
    assert abs(counts["validation"] / 20_000 - 0.05) < 0.01


def test_a_split_depends_on_the_id_alone(added):
    examples = [added(a, 1) for a in range(50)]
    forward, backward = splits(examples), splits(examples[::-1])
    assert forward == backward[::-1]
    assert splits(examples, salt="other") != forward


def test_scans_of_the_evaluation_pool_and_no_others_are_evaluated():
    examples = list(generate(3, 150))
    table = prepare(admit(to_table(examples)), Configuration())
    for example in rows_of(table, range(table.num_rows)):
        pools = {pool_of_scan(index) for index in parameters_of(example)["indices"]}
        assert pools == {example.split}


def test_one_patient_is_in_one_split(patient):
    names = [f"patient-{number}" for number in range(120)]
    examples = [patient(name, day) for name in names for day in (1, 2, 3)]
    found = splits(examples)
    for at in range(0, len(found), 3):
        assert len(set(found[at : at + 3])) == 1
    assert len(set(found)) == 3


def test_one_image_is_in_one_split(own):
    pictures = [f"picture {number}".encode() for number in range(40)]
    examples = [
        own(prompt, modality="image", image=picture)
        for picture in pictures
        for prompt in ("What is it?", "Is it round?")
    ]
    found = splits(examples)
    assert found[::2] == found[1::2]


def test_a_given_split_stays_unless_it_is_unknown(own):
    assert splits([own("question", split="evaluation")]) == ["evaluation"]
    assert splits([own("question", split="test")], evaluation=0, validation=0) == ["train"]


def test_poor_and_unsolvable_examples_go_to_quarantine(own, added):
    poor, fine = own("�" * 30), added(1, 2)
    unsolvable = own("?? 1 + 2", family="digits", parameters='{"pool": "train"}')
    assert splits([poor, fine, unsolvable], evaluation=0, validation=0) == [
        "quarantine",
        "train",
        "quarantine",
    ]


def test_shares_that_leave_nothing_to_train_on_are_refused():
    with pytest.raises(ValidationError, match="nothing to train on"):
        Routing(validation=0.5, evaluation=0.5)
