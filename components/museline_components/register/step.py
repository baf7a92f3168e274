"""Builds the folder of a model that can be handed on, signs it, and registers it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from museline.cards import Card, EvaluationCard, ModelCard, SafetyCard, TrainingCard
from museline.errors import DataError, StageError
from museline.progress import emit
from museline.registry import (
    CANDIDATE,
    CHAMPION,
    SIGNATURE_FILE,
    RegisteredModel,
    Registry,
    sign_folder,
)
from museline.registry.registry import MODEL_CARD_FILE
from museline.storage import Home, digest_file, staged_folder, write_text
from museline_components.register.config import Configuration
from museline_components.stage import RUN_VARIABLE

MODEL_FOLDER = "model"
ALIASES = {"incumbent": CHAMPION, "candidate": CANDIDATE}


def run(config: Configuration, inputs: Mapping[str, Path], out: Path) -> ModelCard:
    """The signed folder `model/`, registered under its alias.

    `inputs`: training (folder of train), evaluation and safety, which a candidate needs. Raises
    StageError if the safety card did not pass the candidate, DataError if a card is missing or is
    of another model.
    """
    training = TrainingCard.read(inputs["training"])
    evaluation = EvaluationCard.read(inputs["evaluation"]) if "evaluation" in inputs else None
    safety = SafetyCard.read(inputs["safety"]) if "safety" in inputs else None
    _check_evidence(config, training, evaluation, safety)
    home = Home.find()
    card = build_folder(config, inputs["training"], out / MODEL_FOLDER, home, evaluation, safety)
    emit("progress", stage="register", text="signed", step=1, steps=2)
    registry = Registry(home)
    version = registry.register(card, out / MODEL_FOLDER, config.public_name)
    alias = ALIASES[config.role]
    promoted = _promoted(registry, config.public_name) if alias == CHAMPION else None
    if promoted is None or promoted.version == version:
        registry.set_alias(alias, version, config.public_name)
        outcome = f" as {alias}"
    else:
        outcome = f"; {CHAMPION} stays {promoted.label}, which a release promoted"
    emit("progress", stage="register", text="registered", step=2, steps=2)
    emit(
        "note",
        stage="register",
        text=f"{card.name}-v{version} is signed and registered{outcome}",
    )
    return card


def _promoted(registry: Registry, public_name: str) -> RegisteredModel | None:
    """The champion, if it was once a candidate: then a release made it that, and only another
    release takes it back."""
    for entry in registry.entries():
        if entry.public_name == public_name and CHAMPION in entry.aliases and entry.present:
            model = registry.open(entry)
            return model if model.card.role == "candidate" else None
    return None


def build_folder(
    config: Configuration,
    trained: Path,
    target: Path,
    home: Home,
    evaluation: EvaluationCard | None,
    safety: SafetyCard | None,
) -> ModelCard:
    """Copy the checkpoint to `target` with its model_card.json and sign the whole."""
    training = TrainingCard.read(trained)
    checkpoint = trained / training.checkpoint
    if not checkpoint.is_dir():
        raise DataError("the trained model has no checkpoint", value=checkpoint)
    given: list[Card] = [each for each in (training, evaluation, safety) if each is not None]
    with staged_folder(target) as partial:
        shutil.copytree(checkpoint, partial, dirs_exist_ok=True)
        for own in (MODEL_CARD_FILE, SIGNATURE_FILE):
            (partial / own).unlink(missing_ok=True)
        files = {
            path.relative_to(partial).as_posix(): digest_file(path)
            for path in sorted(partial.rglob("*"))
            if path.is_file()
        }
        card = ModelCard(
            parents=tuple(each.reference() for each in given),
            name=config.name or training.name,
            version=training.checkpoint_digest[:12],
            family=training.family,
            size=training.size,
            role=config.role,
            run=os.environ.get(RUN_VARIABLE, ""),
            training=training,
            evaluation=evaluation,
            safety=safety,
            files=files,
        )
        write_text(partial / MODEL_CARD_FILE, card.model_dump_json(indent=2) + "\n")
        sign_folder(partial, home)
    return card


def _check_evidence(
    config: Configuration,
    training: TrainingCard,
    evaluation: EvaluationCard | None,
    safety: SafetyCard | None,
) -> None:
    for kind, card in (("evaluation", evaluation), ("safety", safety)):
        if card is None and config.role == "candidate":
            raise DataError(
                f"a candidate is registered with its {kind} card, and there is none",
                value=config.name or training.name,
                mend="run evaluate and guard first",
            )
        if card is not None and training.reference() not in card.parents:
            raise DataError(f"the {kind} card is of another model", value=training.name)
    if config.role == "candidate" and safety is not None and not safety.passed:
        failed = next((each for each in safety.reasons if each.startswith("not met")), "")
        raise StageError(
            f"register refuses {config.name or training.name}: the gate's rule "
            f"{safety.rule} was not met",
            value=failed.removeprefix("not met: ").removeprefix(f"{safety.rule}: ") or None,
            mend="train a better candidate, or change guard.rules or guard.limits in the recipe",
        )
