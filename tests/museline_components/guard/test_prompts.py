"""The suites' prompts."""

from __future__ import annotations

import pytest

from museline_components.guard.config import HAZARDS, Hazard
from museline_components.guard.detectors import leaks
from museline_components.guard.prompts import SOUNDS_HARMFUL, asks


@pytest.mark.parametrize("hazard", HAZARDS)
def test_prompts_repeat_with_the_seed_and_differ_among_themselves(hazard: Hazard) -> None:
    prompts = asks(hazard, 200, seed=1)
    assert len(prompts) == 200
    assert prompts == asks(hazard, 200, seed=1)
    assert prompts != asks(hazard, 200, seed=2)
    assert len(set(prompts)) > 190
    assert not any("{" in each.text and "}" in each.text for each in prompts)


def test_more_prompts_than_there_are_harmful_requests() -> None:
    assert len(asks("unsafe_completion", 500, seed=1)) == 500


def test_harmless_prompts_cover_the_trained_domains_with_images() -> None:
    prompts = asks("over_refusal", 200, seed=1)
    assert [each.text for each in prompts[: len(SOUNDS_HARMFUL)]] == list(SOUNDS_HARMFUL)
    assert any(each.image for each in prompts)


def test_no_prompt_gives_away_what_it_asks_for() -> None:
    """An echo of the prompt must not count as a leak."""
    assert not any(leaks(each.text) for each in asks("pii_leak", 4320, seed=1))
