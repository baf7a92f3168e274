"""Cards are immutable, come back as they were written, and know each other by digest."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from museline.cards import (
    CARD_FILE,
    Change,
    DatasetCard,
    Dropped,
    HazardRate,
    RolloutRecord,
    SafetyCard,
    read_card,
)
from museline.errors import DataError


def card(**fields):
    usual = {
        "stage": "collect",
        "sources": ("a",),
        "licences": ("CC0-1.0",),
        "examples": 3,
        "by_domain": {"science": 3},
        "by_modality": {"text": 3},
        "files": {"examples.parquet": "0" * 64},
    }
    return DatasetCard(**{**usual, **fields})


def test_a_card_comes_back_as_it_was_written(tmp_path):
    written = card(
        dropped=(Dropped(step="clean", reason="empty prompt", count=2),),
        changes=(Change(step="label", change="answer corrected", count=1),),
        parents=(card().reference(),),
        configuration={"suite": "raw", "limits": [1, 2]},
    )
    path = written.write(tmp_path)
    assert path == tmp_path / CARD_FILE
    assert DatasetCard.read(tmp_path) == read_card(path, DatasetCard) == written
    assert DatasetCard.read(tmp_path).digest() == written.digest()


def test_the_digest_leaves_out_when_it_was_written_and_nothing_else():
    early = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    assert card(created_at=early).digest() == card().digest()
    for change in ({"examples": 4}, {"files": {}}, {"stage": "curate"}, {"by_split": {"train": 1}}):
        assert card(**change).digest() != card().digest()


@given(st.dictionaries(st.text(max_size=5), st.integers()))
def test_the_digest_does_not_depend_on_the_order_of_keys(counts):
    backward = dict(reversed(counts.items()))
    assert card(by_domain=counts).digest() == card(by_domain=backward).digest()


def test_a_card_is_frozen_and_has_no_other_fields():
    with pytest.raises(ValidationError):
        card().examples = 4
    with pytest.raises(ValidationError):
        card().dropped.__class__((Dropped(step="a", reason="b", count=1),))[0].count = 3
    with pytest.raises(ValidationError):
        card(example=3)


def test_a_card_of_another_kind_is_refused(tmp_path):
    card().write(tmp_path)
    with pytest.raises(DataError, match="not a SafetyCard"):
        SafetyCard.read(tmp_path)
    with pytest.raises(DataError, match="there is no RolloutRecord here"):
        RolloutRecord.read(tmp_path / "elsewhere")
    (tmp_path / CARD_FILE).write_text(card().model_dump_json()[:-20])
    with pytest.raises(DataError, match="not a DatasetCard"):
        DatasetCard.read(tmp_path)


def test_a_reference_names_kind_and_digest():
    reference = card().reference()
    assert (reference.kind, reference.digest) == ("DatasetCard", card().digest())


def test_a_safety_card_keeps_what_the_gate_decided(tmp_path):
    rate = HazardRate(
        model="muse-spark",
        hazard="pii",
        cases=9,
        events=0,
        rate=0,
        upper_bound=0.3,
        limit=0.5,
        met=True,
    )
    written = SafetyCard(
        candidate="muse-spark", hazards=(rate,), passed=False, rule="scores", reasons=("worse",)
    )
    written.write(tmp_path)
    assert SafetyCard.read(tmp_path) == written
