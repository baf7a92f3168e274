"""The whole stage: with pretended models for its arithmetic, and with real untrained ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

import museline.models
from museline.cards import DatasetCard, TrainingCard
from museline.examples import Example, write_examples
from museline.models import Encoded, Prompt, build_bundle, save, train_tokenizer
from museline.tasks import FAMILIES
from museline_components.evaluate.config import Configuration
from museline_components.evaluate.step import model_names, run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*")


class PretendedProcessor:
    def encode(self, prompt: Prompt, answer: str | None = None) -> Encoded:
        return Encoded((0,) * (len(prompt.text) + len(answer or "")), len(prompt.text))


@dataclass(frozen=True)
class PretendedBundle:
    folder: Path
    processor: PretendedProcessor = field(default_factory=PretendedProcessor)


def pretend(monkeypatch: pytest.MonkeyPatch, knowledge: dict[str, dict[str, str]]) -> None:
    """Models whose answers are looked up by the name of their folder, then by the prompt."""

    def generate(
        bundle: PretendedBundle, prompts: Sequence[Prompt], max_new_tokens: int, batch_size: int
    ) -> list[str]:
        known = knowledge[bundle.folder.parent.name]
        return [known.get(each.text, "") for each in prompts]

    monkeypatch.setattr(museline.models, "load", PretendedBundle)
    monkeypatch.setattr(museline.models, "generate", generate)


def training_card(name: str, flops: float) -> TrainingCard:
    return TrainingCard(
        name=name, family="llama4", size="pico", recipe={}, parameters=2, active_parameters=1,
        steps=1, tokens=1, flops=flops, loss_curve=(), final_loss=1.0, workers=1, hardware="cpu",
        tokens_per_second=1.0, seconds=1.0, seed=0, checkpoint_digest=name,
    )  # fmt: skip


def folders(root: Path, examples: Sequence[Example]) -> dict[str, Path]:
    data = root / "data"
    write_examples(data / "examples.parquet", examples)
    DatasetCard(
        stage="featurize", sources=("s",), licences=("l",), examples=len(examples),
        by_domain={}, by_modality={}, files={},
    ).write(data)  # fmt: skip
    training_card("llama-4", 4e9).write(root / "incumbent")
    training_card("muse-spark", 1e9).write(root / "candidate")
    return {each: root / each for each in ("data", "incumbent", "candidate")}


def sums(count: int) -> list[Example]:
    made = FAMILIES["arithmetic"].generate(7, count)
    return [replace(each, split="evaluation") for each in made]


def test_scores_pairs_and_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cases = sums(30)
    prompts = list(dict.fromkeys(each.prompt for each in cases))
    truth = {each.prompt: each.answer for each in cases}
    knowledge = {
        "incumbent": {prompt: truth[prompt] for prompt in prompts[:10]},
        "candidate": {prompt: truth[prompt] for prompt in prompts[5:]},
    }
    pretend(monkeypatch, knowledge)
    card = run(Configuration(batch_size=4), folders(tmp_path, cases), tmp_path)
    expected = {
        role: sum(each.prompt in known for each in cases) for role, known in knowledge.items()
    }
    scores = {each.model: each for each in card.scores if each.suite == "all"}
    assert scores["llama-4"].correct == expected["incumbent"]
    assert scores["muse-spark"].correct == expected["candidate"]
    assert scores["muse-spark"].cases == len(cases)
    paired = next(each for each in card.paired if each.suite == "all")
    assert paired.only_incumbent == 5
    assert paired.only_candidate == expected["candidate"] - expected["incumbent"] + 5
    assert card.flops == {"llama-4": 4e9, "muse-spark": 1e9}
    assert set(card.milliseconds_per_token) == {"llama-4", "muse-spark"}
    assert [each.kind for each in card.parents] == ["DatasetCard", "TrainingCard", "TrainingCard"]

    rows = parquet.read_table(tmp_path / "answers.parquet").to_pylist()
    assert len(rows) == len(cases)
    for row in rows:
        assert row["expected"] == truth[row["prompt"]]
        assert row["candidate_answer"] == knowledge["candidate"].get(row["prompt"], "")
        assert row["candidate_right"] == (row["prompt"] in knowledge["candidate"])


def test_a_model_that_meets_itself_is_told_apart() -> None:
    names = model_names(training_card("muse-spark", 1), training_card("muse-spark", 2))
    assert names == {
        "incumbent": "muse-spark (incumbent)",
        "candidate": "muse-spark (candidate)",
    }


@pytest.mark.integration
def test_real_models_answer_text_and_images(tmp_path: Path) -> None:
    cases = [
        replace(each, split="evaluation")
        for name in ("arithmetic", "digits")
        for each in FAMILIES[name].generate(1, 6)
    ]
    inputs = folders(tmp_path, cases)
    tokenizer = train_tokenizer([each.prompt for each in cases], vocabulary=300)
    save(build_bundle("llama4", "pico", tokenizer), inputs["incumbent"] / "checkpoint")
    save(build_bundle("muse_spark", "pico", tokenizer), inputs["candidate"] / "checkpoint")
    config = Configuration(cases=8, batch_size=4, max_new_tokens=3)
    out = tmp_path / "out"
    out.mkdir()
    card = run(config, inputs, out)
    assert {each.suite for each in card.paired} >= {"all", "modality/image", "family/arithmetic"}
    assert all(value > 0 for value in card.milliseconds_per_token.values())
    assert parquet.read_table(out / "answers.parquet").num_rows == 8
