"""Scores lie between 0 and 1, and order examples as a person would."""

import string

from hypothesis import given
from hypothesis import strategies as st

from museline.examples import to_table
from museline_components.curate.chain import admit
from museline_components.curate.score import difficulty, quality, score

TEXTS = st.text(max_size=200)


@given(TEXTS, TEXTS, st.sampled_from([None, 1, 2, 3]))
def test_scores_lie_between_0_and_1(prompt, answer, level):
    assert 0 <= difficulty(prompt, answer, level) <= 1
    assert 0 <= quality(prompt, answer) <= 1


def test_more_and_longer_numbers_are_harder():
    easy = difficulty("2 + 3 = ?", "5")
    middle = difficulty("123 + 456 = ?", "579")
    hard = difficulty("123 + 456 * 789 - 12 = ?", "359895")
    assert easy < middle < hard


def test_a_known_level_comes_before_the_text():
    assert difficulty("9999 * 8888 - 7777 = ?", "88866335", 1) < difficulty("2?", "2", 2)


def test_levels_are_read_from_the_parameters(own):
    examples = [
        own("a", parameters='{"level": 3}'),
        own("a", parameters='{"level": 7}'),
        own("a", parameters='["level"]'),
        own("a", parameters='"level": 1'),
        own("a"),
    ]
    scores = score(admit(to_table(examples)))["difficulty"].to_pylist()
    assert scores[0] > 2 / 3
    assert len(set(scores[1:])) == 1


def test_broken_texts_have_less_quality():
    fine = quality("What is the capital of France?", "Paris")
    assert fine == 1
    assert quality("Wh�t is the c�pit�l of Fr�nce?", "P�ris") < 0.5
    assert quality("#### **** !!!! ----", "???") < 0.5
    assert quality("spam " * 40, "spam") < 0.6
    assert quality("the answer is Paris", "Paris") < fine
    assert quality("write to <email>", "yes") < fine


@given(st.text(alphabet=string.ascii_letters + " ", min_size=1, max_size=50))
def test_plain_short_sentences_keep_their_quality(text):
    if any(character.isalpha() for character in text) and text.count(" ") < len(text) / 2:
        assert quality(text, "42") == 1
