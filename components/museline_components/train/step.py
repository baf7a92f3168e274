"""Trains one model on Ray; killed at any time, the next attempt goes on."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from museline.cards import DatasetCard, LossPoint, TrainingCard
from museline.errors import ConfigurationError, StageError, near
from museline.models import SIZES, find_family, load
from museline.models.flops import active_parameters
from museline.models.libraries import torch_library
from museline.progress import emit
from museline.storage import digest_folder
from museline_components.train import checkpoints
from museline_components.train.config import Configuration
from museline_components.train.loop import DIVERGED_FILE, PREPARED, RESULT_FILE
from museline_components.train.on_ray import BOOKKEEPING, WORKERS, train_on_ray
from museline_components.train.prepare import planned_steps, prepare

CHECKPOINT = "checkpoint"
LEFTOVERS = (PREPARED, checkpoints.FOLDER, BOOKKEEPING, WORKERS, RESULT_FILE)


def run(config: Configuration, inputs: Mapping[str, Path], out: Path) -> TrainingCard:
    """The trained model in `out`/checkpoint, as museline.models.save writes it.

    `inputs`: data (a folder with examples.parquet and its card). Raises DataError for an empty
    train split, ConfigurationError for an unknown family or size, and StageError if the loss
    stops being a number or the workers keep dying.
    """
    find_family(config.family)
    if config.size not in SIZES:
        raise ConfigurationError(
            "no model of this size is trained here",
            value=config.size,
            allowed=near(config.size, SIZES),
        )
    dataset = DatasetCard.read(inputs["data"])
    (out / DIVERGED_FILE).unlink(missing_ok=True)
    prepared = prepare(config, inputs["data"], out)
    steps = planned_steps(config, prepared)
    emit("note", stage="train", text=f"{config.name}: {steps} steps on {config.workers} workers")
    train_on_ray(config, steps, out)
    _check_diverged(config, out)
    result = json.loads((out / RESULT_FILE).read_text())
    card = _card(config, dataset, out, result)
    for name in LEFTOVERS:
        path = out / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return card


def _check_diverged(config: Configuration, out: Path) -> None:
    path = out / DIVERGED_FILE
    if not path.exists():
        return
    found = json.loads(path.read_text())
    rate = config.optimizer.lr
    raise StageError(
        f"the loss of {config.name} is {found['loss']} at step {found['step']}: "
        "the learning rate is too large, or the data is broken",
        value=f"lr {rate}, muon_lr {config.optimizer.muon_lr}",
        mend=f"--set train.optimizer.lr={rate / 3:.2g}",
    )


def _card(
    config: Configuration, dataset: DatasetCard, out: Path, result: dict[str, Any]
) -> TrainingCard:
    folder = out / CHECKPOINT
    model = load(folder).model
    curve = tuple(LossPoint(**point) for point in result["curve"])
    return TrainingCard(
        parents=(dataset.reference(),),
        name=config.name,
        family=config.family,
        size=config.size,
        recipe=config.model_dump(mode="json"),
        parameters=sum(each.numel() for each in model.parameters()),
        active_parameters=active_parameters(model, find_family(config.family).unused),
        steps=result["step"],
        tokens=result["tokens"],
        flops=result["flops"],
        loss_curve=curve,
        final_loss=curve[-1].loss,
        workers=config.workers,
        hardware=_hardware(config.workers),
        tokens_per_second=result["tokens"] / max(result["seconds"], 1e-9),
        seconds=result["seconds"],
        resumed_from_step=result["resumed"],
        seed=config.seed,
        checkpoint=CHECKPOINT,
        checkpoint_digest=digest_folder(folder),
    )


def _hardware(workers: int) -> str:
    torch = torch_library()
    if torch.cuda.is_available():
        return f"{workers} x {torch.cuda.get_device_name(0)}"
    return f"{workers} x 1 core of {platform.machine()} ({platform.system()})"
