"""Errors say what, with which value, what is allowed and how to mend it; and they travel."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museline import errors
from museline.errors import MuselineError, near

KINDS = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, MuselineError)
]


@pytest.mark.parametrize("kind", KINDS)
@given(what=st.text(), value=st.one_of(st.none(), st.integers(), st.text()), mend=st.text())
def test_an_error_survives_pickling_whole(kind, what, value, mend):
    error = kind(what, value=value, allowed="a or b", mend=mend)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_parts_that_are_empty_are_left_out():
    assert str(MuselineError("wrong")) == "wrong"
    full = str(MuselineError("wrong", value=0, allowed="1 to 3", mend="muse doctor"))
    assert full == "wrong\n  got: 0\n  allowed: 1 to 3\n  to mend it: muse doctor"


def test_exit_codes_are_distinct_and_not_the_shells():
    codes = [kind.exit_code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(0 < code < 126 for code in codes)


def test_near_names_come_first_and_all_are_listed():
    assert near("trian", ["train", "validate"]) == "did you mean train? (one of train, validate)"
    assert near("xyz", ["train", "validate"]) == "one of train, validate"


def test_the_tree_in_the_docstring_is_complete():
    assert errors.__doc__
    for kind in KINDS:
        assert kind.__name__ in errors.__doc__
