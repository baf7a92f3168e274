"""From the data's folder to what the workers read: the tokenizer and two corpora."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from museline.errors import DataError
from museline.examples import Example, read_examples
from museline.models import Processor, find_family, train_tokenizer
from museline.models.flops import flop_counts
from museline.models.libraries import transformers_library
from museline.storage.atomic import staged_folder
from museline_components.train.config import Configuration
from museline_components.train.corpus import Corpus, encode
from museline_components.train.loop import PREPARED, start_model
from museline_components.train.plan import Plan, steps_within


def prepare(config: Configuration, data: Path, out: Path) -> Path:
    """The folder `prepared` in `out`, made unless an earlier attempt left it whole.

    Raises DataError if the train split is empty.
    """
    folder = out / PREPARED
    if folder.exists():
        return folder
    examples = read_examples(data)
    train = [each for each in examples if each.split == "train"]
    if not train:
        raise DataError(
            "the data has no examples in the train split",
            value=data,
            allowed="examples that curate has routed to train, validation and evaluation",
            mend="curate the data first, or collect more of it",
        )
    tokenizer = train_tokenizer(_texts(train), config.vocabulary)
    processor = Processor(tokenizer, find_family(config.family))
    validation = [each for each in examples if each.split == "validation"]
    with staged_folder(folder) as partial:
        tokenizer.save_pretrained(partial)
        encode(train, processor).save(partial / "train.npz")
        held = sorted(validation, key=lambda each: each.id)[: config.validation_examples]
        encode(held, processor).save(partial / "validation.npz")
    return folder


def planned_steps(config: Configuration, prepared: Path) -> int:
    """How many steps the run has: those it was told, or those its operations pay for."""
    if config.budget_flops is None:
        return config.steps
    corpus = Corpus.load(prepared / "train.npz")
    tokenizer = transformers_library().AutoTokenizer.from_pretrained(
        prepared, local_files_only=True
    )
    counts = flop_counts(start_model(config, tokenizer).model.config)

    def plan_of(steps: int) -> Plan:
        return Plan(corpus, steps, config.batch_size, config.seed, config.curriculum)

    return steps_within(config.budget_flops, corpus.flops(counts, config.loss), plan_of)


def _texts(examples: Sequence[Example]) -> list[str]:
    return [text for each in examples for text in (each.prompt, each.answer)]
