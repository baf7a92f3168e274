"""Runs one stage by name: the same for a test, a pipeline step and a person.

A stage `NAME` is the package `museline_components.NAME` with
  config.py  `Configuration`, a museline.config.Config
  step.py    `run(config, inputs, out) -> Card`: fills the folder `out`, returns its card
  component.py  its KFP face
"""

from __future__ import annotations

import importlib
import json
import os
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import museline
from museline.cards import CARD_FILE, Card
from museline.compute import prepare_ray
from museline.config import Config
from museline.progress import emit
from museline.storage import (
    Artifact,
    ArtifactStore,
    Home,
    digest_folder,
    digest_json,
    storage_errors,
)

RUN_VARIABLE = "MUSELINE_RUN"
SHARED_CODE = ("examples", "tasks", "models", "cards", "features")


def execute(stage: str, config: str, inputs: Mapping[str, str | Path]) -> Artifact:
    """Do the work of `stage` once per content, and return its finished folder.

    `config` is the JSON of the stage's configuration; `inputs` maps names to finished folders.
    The key of the work is its code, its configuration and the cards of its inputs: when a finished
    folder has that key, nothing runs. What a killed attempt left in the unfinished folder is there
    for the stage to go on from.
    """
    configuration = configuration_of(stage).model_validate_json(config)
    folders = {name: Path(path).resolve() for name, path in inputs.items()}
    key = content_key(stage, configuration, folders)
    store = ArtifactStore(Home.find())
    run = os.environ.get(RUN_VARIABLE) or f"direct-{uuid.uuid4().hex[:8]}"
    if found := _cached(store, stage, key):
        return found
    with store.partial(stage, key) as out:
        if found := _cached(store, stage, key):
            return found
        emit("started", stage=stage, run=run)
        begin = time.perf_counter()
        prepare_ray()
        work = importlib.import_module(f"museline_components.{stage}.step").run
        with storage_errors(out):
            card: Card = work(configuration, folders, out)
            card.write(out)
            seconds = time.perf_counter() - begin
            store.finish(out, run, seconds)
    artifact = Artifact(store.folder(stage, key), run, seconds)
    emit("finished", stage=stage, run=run, seconds=seconds, folder=str(artifact.folder))
    return artifact


def configuration_of(stage: str) -> type[Config]:
    """The configuration class of `stage`."""
    kind = importlib.import_module(f"museline_components.{stage}.config").Configuration
    assert isinstance(kind, type)
    assert issubclass(kind, Config)
    return kind


def content_key(stage: str, config: Config, inputs: Mapping[str, Path]) -> str:
    """Digest of everything that the output of a stage depends on."""
    package = Path(__file__).parent / stage
    core = Path(museline.__file__).parent
    return digest_json(
        {
            "stage": stage,
            "code": digest_folder(package, "**/*.py"),
            "shared": [digest_folder(core / each, "**/*.py") for each in SHARED_CODE],
            "config": config.model_dump(mode="json"),
            "outside": config.outside(),
            "inputs": {name: _card_digest(path / CARD_FILE) for name, path in inputs.items()},
        }
    )


def _card_digest(path: Path) -> str:
    """Digest of what the card at `path` says; when it was written does not count."""
    content = json.loads(path.read_bytes())
    return digest_json({name: each for name, each in content.items() if name != "created_at"})


def _cached(store: ArtifactStore, stage: str, key: str) -> Artifact | None:
    found = store.find(stage, key)
    if found:
        emit("cached", stage=stage, run=found.run, seconds=found.seconds, folder=str(found.folder))
    return found
