"""Checkpoints that a killed run goes on from: whole or not there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from museline.models.libraries import torch_library

FOLDER = "checkpoints"


def write(out: Path, step: int, state: dict[str, Any]) -> None:
    """Keep `state` as the newest checkpoint, and drop the older ones."""
    torch = torch_library()
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".partial-{os.getpid()}"  # a worker of a killed attempt may still be writing
    with aside.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    final = folder / f"step-{step:09d}.pt"
    aside.replace(final)
    for other in folder.glob("step-*.pt"):
        if other.name < final.name:
            other.unlink(missing_ok=True)


def newest(out: Path) -> Path | None:
    """The newest checkpoint below `out`, if there is one."""
    return max((out / FOLDER).glob("step-*.pt"), default=None)


def read(path: Path, device: Any) -> dict[str, Any]:
    torch = torch_library()
    state = torch.load(path, map_location=device, weights_only=True)
    assert isinstance(state, dict)
    return state
