from __future__ import annotations

from typing import Any

import pytest

from museline.models import FAMILIES, ModelBundle, Prompt, generate
from museline_serving.predictor.batcher import Batcher, Job
from museline_serving.predictor.engine import TransformersEngine
from museline_serving.predictor.generation import (
    Event,
    Finished,
    ImageError,
    PromptTooLongError,
    Sampling,
)

TEXTS = [
    "What is 2 plus 3?",
    "7",
    "Name the day that comes three days after the second Monday of a month that begins on Friday.",
    "What is 31 plus 44? " * 3,
    "Read the number.",
    "And this one?",
]


def answers(
    engine: TransformersEngine, prompts: list[Prompt], sampling: list[Sampling], slots: int
) -> list[str]:
    """The answers by a batcher whose generations arrive between two tokens of others."""
    batcher = Batcher(engine, slots=slots, queue=100)
    heard: list[list[Event]] = [[] for _ in prompts]
    for prompt, settings, events in zip(prompts, sampling, heard, strict=True):
        encoded, length = engine.encode(prompt.text, prompt.image)
        batcher.submit(Job(encoded, length, settings, False, events.append))
        batcher.turn()
    while batcher.slots_in_use or batcher.queue_length:
        batcher.turn()
    ends = [each[-1] for each in heard]
    assert all(isinstance(each, Finished) for each in ends)
    return [each.text for each in ends if isinstance(each, Finished)]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_batched_answers_are_those_of_one_by_one(
    family: str, bundles: dict[str, ModelBundle], png: bytes
) -> None:
    bundle = bundles[family]
    prompts = [Prompt(text, png if at % 3 == 1 else None) for at, text in enumerate(TEXTS)]
    expected = [
        generate(bundle, [each], max_new_tokens=9 + at)[0] for at, each in enumerate(prompts)
    ]
    engine = TransformersEngine(bundle)
    limits = [Sampling(max_tokens=9 + at) for at in range(len(prompts))]
    for slots in (2, 8):
        assert answers(engine, prompts, limits, slots) == expected
    assert len(set(expected)) > 3, "the models say the same to everything: this shows nothing"


def test_a_seed_gives_the_same_text_in_any_company(bundles: dict[str, ModelBundle]) -> None:
    engine = TransformersEngine(bundles["muse_spark"])
    prompts = [Prompt(text) for text in TEXTS]
    drawn = [Sampling(max_tokens=8, temperature=1.5, seed=at) for at in range(len(prompts))]
    alone = [answers(engine, [each], [by], 1)[0] for each, by in zip(prompts, drawn, strict=True)]
    assert answers(engine, prompts, drawn, 4) == alone
    other = [Sampling(max_tokens=8, temperature=1.5, seed=at + 50) for at in range(len(prompts))]
    assert answers(engine, prompts, other, 4) != alone


def test_what_cannot_be_encoded_is_named(bundles: dict[str, ModelBundle]) -> None:
    engine = TransformersEngine(bundles["llama4"])
    with pytest.raises(PromptTooLongError):
        engine.encode("12 " * 600, None)
    with pytest.raises(ImageError):
        engine.encode("what is this?", b"no image")


def test_rows_that_are_gone_leave_no_padding_behind(bundles: dict[str, ModelBundle]) -> None:
    engine = TransformersEngine(bundles["llama4"])
    short, long = (engine.encode(text, None) for text in ("7", "12 plus 34 " * 5))
    engine.prefill([short[0], long[0]])
    engine.keep([0])
    mask: Any = engine._mask
    assert mask.tolist() == [[1] * short[1]]
