"""Over all steps: a row is kept or dropped with one reason; equal input gives equal output."""

import random

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from museline.examples import Example, example_schema, to_table
from museline.tasks import FAMILIES
from museline_components.curate.batches import kept
from museline_components.curate.chain import admit
from museline_components.curate.config import Configuration, Labelling, Routing

WORDS = st.sampled_from(["", " ", "Paris?", "2 + 3 = ?", "mail a@b.org", "x" * 250, "�" * 20, "ü"])
EXAMPLES = st.lists(
    st.builds(
        Example,
        id=st.sampled_from(["a", "b", "c", "d"]),
        domain=st.just("custom"),
        family=st.sampled_from(["user", "arithmetic", "digits"]),
        modality=st.just("text"),
        source=st.just("test"),
        licence=st.just("CC0-1.0"),
        prompt=st.one_of(WORDS, st.text(max_size=30)),
        answer=st.one_of(WORDS, st.text(max_size=5)),
        parameters=st.sampled_from(
            ["{}", "[", '{"a": 2, "b": 3, "operation": "+"}', '{"pool": "evaluation"}']
        ),
        image=st.one_of(st.none(), st.binary(max_size=2)),
        split=st.sampled_from([None, "train", "evaluation"]),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(EXAMPLES, st.sampled_from(["correct", "drop"]))
def test_every_row_is_kept_or_dropped_with_one_reason(curated, examples, on_wrong_label):
    config = Configuration(
        labelling=Labelling(on_wrong_label=on_wrong_label), routing=Routing(evaluation=0.3)
    )
    table = curated(examples, config)
    assert table["row"].to_pylist() == list(range(len(examples)))
    assert table["reason"].null_count + len(table["reason"].drop_null()) == len(examples)
    assert [step is None for step in table["step"].to_pylist()] == kept(table)
    for row in table.filter(pa.compute.is_null(table["reason"])).to_pylist():
        assert row["prompt"]
        assert row["answer"]
        assert row["split"] in ("train", "validation", "evaluation", "quarantine")
        assert 0 <= row["difficulty"] <= 1
        assert 0 <= row["quality"] <= 1


@settings(deadline=None, max_examples=30)
@given(EXAMPLES, st.randoms(use_true_random=False))
def test_what_is_kept_does_not_depend_on_the_order(curated, examples, rng: random.Random):
    def outcome(rows):
        table = curated(rows)
        return sorted(
            (row["id"], row["prompt"], row["answer"], row["split"])
            for row in table.to_pylist()
            if row["reason"] is None
        )

    unique = list({each.id: each for each in examples}.values())
    shuffled = unique.copy()
    rng.shuffle(shuffled)
    assert outcome(unique) == outcome(shuffled)


def test_of_the_generated_families_all_is_kept(curated):
    examples = [each for family in FAMILIES.values() for each in family.generate(5, 80)]
    table = curated(examples)
    assert table["reason"].null_count == len(examples)
    assert set(table["split"].to_pylist()) == {"train", "validation", "evaluation"}


def test_placeholders_of_tables_pass(curated, patient):
    table = curated([patient("a", 1)])
    assert table["prompt"].to_pylist() == ["Mean radius {mean_radius}: benign or malignant?"]
    assert table["reason"].null_count == 1


def test_missing_texts_are_admitted_and_dropped(curated, own):
    table = to_table([own("question", "yes"), own("other", "no")])
    schema = pa.schema([field.with_nullable(True) for field in example_schema()])
    columns = {name: table[name] for name in schema.names}
    columns["prompt"] = pa.array(["question", None])
    columns["parameters"] = pa.array([None, None], pa.string())
    admitted = admit(pa.table(columns, schema=schema), first_row=7)
    assert admitted["row"].to_pylist() == [7, 8]
    assert admitted["prompt"].to_pylist() == ["question", ""]
    assert admitted["parameters"].to_pylist() == ["{}", "{}"]
