from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from museline.errors import DataError
from museline.examples import Example
from museline.models import IMAGE_TOKENS, Processor, find_family, train_tokenizer
from museline.models.flops import FlopCounts
from museline_components.train.corpus import IGNORED, Corpus, assemble, encode


@pytest.fixture(scope="module")
def processor() -> Processor:
    return Processor(train_tokenizer(["What is 1 plus 2?"] * 9, 280), find_family("muse_spark"))


@pytest.fixture(scope="module")
def corpus(processor: Processor, examples: list[Example]) -> Corpus:
    return encode(examples[:10], processor)


def test_a_saved_corpus_comes_back(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path / "corpus.npz")
    again = Corpus.load(tmp_path / "corpus.npz")
    for name, array in vars(corpus).items():
        assert np.array_equal(array, getattr(again, name))
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.npz"]


def test_pixels_survive_as_bytes(
    corpus: Corpus, processor: Processor, examples: list[Example]
) -> None:
    from museline.models.processor import read_image

    assert examples[5].image is not None
    np.testing.assert_allclose(corpus.encoded(5).pixels, read_image(examples[5].image), atol=1e-6)
    assert corpus.encoded(4).pixels is None


def test_the_answer_loss_counts_the_answer_and_its_end(
    corpus: Corpus, processor: Processor, examples: list[Example]
) -> None:
    rows = [1, 5, 8]
    _, targets, keep = assemble(corpus, rows, processor, "answer")
    assert targets.shape == (3, keep - 1)
    for row, index in enumerate(rows):
        wanted = [each for each in targets[row].tolist() if each != IGNORED]
        assert processor.decode(wanted) == examples[index].answer
        assert wanted[-1] == processor.tokenizer.eos_token_id
    assert (targets != IGNORED).sum() == corpus.targets("answer")[rows].sum()


def test_the_full_loss_counts_all_but_image_tokens(corpus: Corpus, processor: Processor) -> None:
    rows = [1, 5]
    batch, targets, keep = assemble(corpus, rows, processor, "full")
    assert keep == batch["input_ids"].shape[1]
    counted = (targets != IGNORED).sum(dim=1).tolist()
    lengths = corpus.lengths[rows]
    assert counted == [lengths[0] - 1, lengths[1] - 1 - IMAGE_TOKENS]
    assert counted == corpus.targets("full")[rows].tolist()


def test_the_targets_are_the_next_tokens(corpus: Corpus, processor: Processor) -> None:
    batch, targets, keep = assemble(corpus, [1, 2, 3], processor, "full")
    after = batch["input_ids"][:, 1:][:, -(keep - 1) :]
    counted = targets != IGNORED
    assert (targets[counted] == after[counted]).all()


def test_operations_of_an_image_count(corpus: Corpus) -> None:
    counts = FlopCounts(token=1.0, pair=0.0, head=0.0, image=1000.0, patches=0.0)
    flops = corpus.flops(counts, "answer")
    assert flops[5] == 3 * (corpus.lengths[5] + 1000)
    assert flops[4] == 3 * corpus.lengths[4]


def test_an_example_beyond_the_context_is_named(
    processor: Processor, examples: list[Example]
) -> None:
    long = dataclasses.replace(examples[1], prompt="7" * 600)
    with pytest.raises(DataError, match=long.id):
        encode([examples[0], long], processor)
