"""Repeated tasks and prompts go, and each is counted; neighbours of a template stay."""

import random

import numpy as np
import pyarrow as pa
import pytest

from museline.tasks import FAMILIES
from museline_components.curate import deduplicate, keys
from museline_components.curate.config import Configuration, Deduplication, Routing

TRAIN_ONLY = Configuration(routing=Routing(evaluation=0, validation=0))
STORY = (
    "On a cold morning the baker of the village counted the loaves that were left from the day "
    "before, gave half of them to the poor, and sat down by the oven to think about the letter "
    "that his daughter had sent him from the sea"
)


def reasons(table):
    return table["reason"].to_pylist()


def test_neighbours_of_a_template_are_different_tasks(added, curated):
    table = curated([added(12, b) for b in range(30)], TRAIN_ONLY)
    assert reasons(table) == [None] * 30


def test_generated_families_lose_nothing(curated):
    examples = [
        each
        for family in FAMILIES.values()
        if family.modality == "text"
        for each in family.generate(11, 150)
    ]
    table = curated(examples, TRAIN_ONLY)
    assert set(reasons(table)) == {None}


def test_equal_parameters_are_the_same_task_in_other_words(added, own, curated):
    other = own("Add 2 and 3.", "5", family="arithmetic", id="b" * 20,
                parameters='{"operation": "+", "b": 3, "a": 2, "level": 2}')  # fmt: skip
    table = curated([added(2, 3), other, added(3, 2)], TRAIN_ONLY)
    assert sorted(reasons(table), key=str) == [None, None, "same task"]


def test_the_same_prompt_with_and_without_another_answer(own, curated):
    same = [own("Capital of France?", "Paris", id=each) for each in ("a", "b")]
    assert sorted(reasons(curated(same, TRAIN_ONLY)), key=str) == [None, "same prompt"]
    other = [own("Capital of France?", "Paris"), own(" Capital  of France ", "Lyon")]
    assert sorted(reasons(curated(other, TRAIN_ONLY)), key=str) == [
        None,
        "same prompt with another answer",
    ]


def test_case_and_punctuation_alone_make_no_other_question(own, curated):
    asked = ["Is Ulm, by chance, larger than Bonn?", "is ulm by chance larger than Bonn"]
    same = curated([own(each, "no") for each in asked], TRAIN_ONLY)
    assert sorted(reasons(same), key=str) == [None, "nearly the same prompt"]
    other = curated([own(each, str(at)) for at, each in enumerate(asked)], TRAIN_ONLY)
    assert reasons(other) == [None, None]
    signs = curated([own("2 + 2", "4"), own("2 * 2", "4"), own("2.2", "4")], TRAIN_ONLY)
    assert reasons(signs) == [None] * 3


def test_one_word_of_a_short_question_makes_another_task(own, curated):
    asked = "Which of these two towns lies further in the north, {} or {}?"
    towns = ("Ulm", "Bern", "Graz", "Turin", "Nice", "Lille")
    table = curated([own(asked.format("Oslo", each), "Oslo") for each in towns], TRAIN_ONLY)
    assert reasons(table) == [None] * 6


def test_units_differ_by_case(own, curated):
    table = curated([own("3 MW in W?", "3000000"), own("3 mW in W?", "0.003")], TRAIN_ONLY)
    assert reasons(table) == [None, None]


@pytest.mark.parametrize(
    ("other", "answer", "near"),
    [
        (STORY.replace("cold", "COLD"), "yes", True),
        (STORY.replace(",", ";"), "yes", True),
        (STORY.replace("village", "villages"), "yes", True),
        (STORY.replace("village", "villages"), "no", False),
        (STORY.replace("half", "2 thirds"), "yes", False),
        (STORY[::-1], "yes", False),
        (STORY.split(" and ")[0], "yes", False),
    ],
)
def test_near_duplicates_share_numbers_and_answer(own, curated, other, answer, near):
    table = curated([own(STORY, "yes"), own(other, answer)], TRAIN_ONLY)
    found = {each for each in reasons(table) if each}
    assert found == ({"nearly the same prompt"} if near else set())


def test_the_same_question_about_other_scans_and_patients(own, patient, curated):
    images = [own("Which digit?", modality="image", image=bytes([each])) for each in range(5)]
    patients = [patient("a", 1), patient("a", 2), patient("b", 1)]
    assert reasons(curated(images + patients, TRAIN_ONLY)) == [None] * 8
    assert sorted(reasons(curated([patients[0], patients[0]], TRAIN_ONLY)), key=str) == [
        None,
        "same prompt",
    ]


def test_the_order_of_the_rows_does_not_matter(own, curated):
    rng = random.Random(4)
    examples = [own(STORY + "x" * (each % 4), "yes", id=f"id-{each}") for each in range(40)]
    kept = []
    for _ in range(3):
        rng.shuffle(examples)
        table = curated(examples, TRAIN_ONLY)
        kept.append({row["id"] for row in table.to_pylist() if row["reason"] is None})
    assert kept[0] == kept[1] == kept[2]
    assert 1 <= len(kept[0]) < 40


def test_an_evaluation_case_outlives_its_copies_and_quarantine_shadows_nothing(own, curated):
    splits = ("train", "evaluation", "validation", "train")
    examples = [own("Capital of France?", "Paris", id=f"{at}", split=split)
                for at, split in enumerate(splits)]  # fmt: skip
    table = curated(examples)
    kept = [row["split"] for row in table.to_pylist() if row["reason"] is None]
    assert kept == ["evaluation"]
    poor = [
        own("What?", "3", id=parameters, split="train", family="arithmetic", parameters=parameters)
        for parameters in ("{}", '{"a": 1, "b": 2, "operation": "+"}')
    ]
    kept = [row["split"] for row in curated(poor).to_pylist() if row["reason"] is None]
    assert kept == ["train"]


def test_shards_find_what_one_group_finds(own, curated):
    from museline.examples import to_table
    from museline_components.curate.chain import admit, prepare

    config = Deduplication()
    examples = [own(f"{STORY} {each % 9}", id=f"id-{each}") for each in range(50)]
    table = prepare(admit(to_table(examples)), TRAIN_ONLY)
    found = []
    for shards in (1, 7):
        entries = deduplicate.entries(table, config, shards)
        groups = [
            deduplicate.find_duplicates(
                entries.filter(pa.compute.equal(entries["shard"], shard)), config.threshold
            )
            for shard in range(shards)
        ]
        found.append(deduplicate.decisions(pa.concat_tables(groups)))
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])
    assert len(found[0][0]) == 41


def test_without_rows_there_is_nothing_to_find():
    empty = deduplicate.ENTRIES.empty_table()
    assert deduplicate.find_duplicates(empty, 0.9).num_rows == 0


def test_estimated_similarity_follows_the_true_one():
    shared, errors = [f"s{each}".encode() for each in range(200)], []
    for overlap in (0, 50, 100, 150, 200):
        one = set(shared[:overlap]) | {b"a%d" % each for each in range(200 - overlap)}
        other = set(shared[:overlap]) | {b"b%d" % each for each in range(200 - overlap)}
        true = len(one & other) / len(one | other)
        made = keys.signatures([one, other], 128)
        low = [np.frombuffer(keys.low_bytes(each), np.uint8) for each in made]
        errors.append(abs(float(keys.similarities(low[0], low[1][None])[0]) - true))
    assert max(errors) < 0.15


def test_short_texts_are_only_compared_as_a_whole():
    assert not keys.worth_comparing(0, 0.9)
    assert not keys.worth_comparing(18, 0.9)
    assert keys.worth_comparing(19, 0.9)
