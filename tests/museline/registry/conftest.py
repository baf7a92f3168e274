"""Model folders to sign, and homes whose registry is there already."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from museline.cards import EvaluationCard, ModelCard, TrainingCard
from museline.registry.registry import MODEL_CARD_FILE, Registry
from museline.registry.signing import sign_folder
from museline.storage import Home, digest_file

MakeModel = Callable[..., tuple[ModelCard, Path]]


@pytest.fixture
def home(tmp_path: Path, empty_registry: Path) -> Home:
    """A home with an empty registry."""
    shutil.copytree(empty_registry, tmp_path / "home" / "registry")
    return Home(tmp_path / "home")


@pytest.fixture
def registry(home: Home) -> Registry:
    return Registry(home)


@pytest.fixture
def make_model(tmp_path: Path, home: Home) -> MakeModel:
    """`make_model("llama-4", weights=b"...")` gives a card and its signed folder."""

    def make(
        name: str = "muse-spark",
        weights: bytes = b"weights",
        run: str = "run-1",
        evaluation: EvaluationCard | None = None,
    ) -> tuple[ModelCard, Path]:
        folder = tmp_path / f"{name}-{weights.hex()[:8]}-{run}"
        (folder / "shards").mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        (folder / "shards" / "model.safetensors").write_bytes(weights)
        card = ModelCard(
            name=name, version="abc", family="muse_spark", size="pico", role="candidate", run=run,
            training=training_card(name, weights), evaluation=evaluation,
            files={
                path.relative_to(folder).as_posix(): digest_file(path)
                for path in folder.rglob("*") if path.is_file()
            },
        )  # fmt: skip
        (folder / MODEL_CARD_FILE).write_text(card.model_dump_json())
        sign_folder(folder, home)
        return card, folder

    return make


def training_card(name: str, weights: bytes = b"weights") -> TrainingCard:
    return TrainingCard(
        name=name, family="muse_spark", size="pico", recipe={}, parameters=2, active_parameters=1,
        steps=1, tokens=1, flops=1e9, loss_curve=(), final_loss=1.0, workers=1, hardware="cpu",
        tokens_per_second=1.0, seconds=1.0, seed=0, checkpoint_digest=weights.hex(),
    )  # fmt: skip
