"""Stages that do next to nothing, for tests of what runs them; and the `muse` command."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import museline_components

STAGES = ("collect", "validate", "curate", "featurize", "train", "evaluate", "guard", "register")
CONFIGURATION = '''
from pydantic import ConfigDict

from museline.config import Config

class Counts(Config):
    """What the reference recipe asks of collect; any names will do here."""
    model_config = ConfigDict(frozen=True, extra="allow")

class Configuration(Config):
    """Works for `ticks` tenths of a second, then fails if told to."""
    ticks: int = 0
    fail: str = ""
    suite: str = "raw"
    role: str = "incumbent"
    name: str = ""
    counts: Counts = Counts()
    level_weights: tuple[float, ...] = ()
'''
STEP = '''
import time
from museline.cards import DatasetCard
from museline.errors import DataError
from museline.progress import emit

def run(config, inputs, out):
    """Counts ticks in a file, so that a second attempt goes on where the first was killed."""
    at = out / "at"
    begin = int(at.read_text()) if at.exists() else 0
    emit("note", stage="STAGE", text=f"begins at {begin}")
    for tick in range(begin, config.ticks):
        time.sleep(0.1)
        at.write_text(str(tick + 1))
        print("tick", tick, flush=True)
        emit("progress", stage="STAGE", step=tick + 1, steps=config.ticks)
    if config.fail == "data":
        raise DataError("row 3 is broken", value="{", mend="repair the row")
    if config.fail:
        raise RuntimeError(config.fail)
    return DatasetCard(
        stage="STAGE", sources=("a",), licences=("b",), examples=3,
        by_domain={"code": 3}, by_modality={"text": 3}, files={},
    )
'''
DEFAULTS = """
from museline_components.train.config import Configuration

def llama4_incumbent():
    return Configuration(name="llama-4")

def muse_spark_candidate():
    return Configuration(name="muse-spark")
"""
MUSE = "from museline.cli.main import main; main()"


@dataclass
class Muse:
    """Runs `muse` with the small stages in a home of its own."""

    home: Path
    stages: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        return os.environ | {"MUSELINE_HOME": str(self.home), "PYTHONPATH": str(self.stages)}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", MUSE, *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", MUSE, *arguments],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def end_all(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
            if process.stdout:
                process.stdout.close()


@pytest.fixture
def muse(tmp_path: Path) -> Iterator[Muse]:
    package = tmp_path / "stages" / "museline_components"
    package.mkdir(parents=True)
    real = Path(next(iter(museline_components.__path__)))
    for file in real.glob("*.py"):
        shutil.copy(file, package)
    for stage in STAGES:
        (package / stage).mkdir()
        shutil.copy(real / stage / "component.py", package / stage)
        (package / stage / "__init__.py").touch()
        (package / stage / "config.py").write_text(CONFIGURATION)
        (package / stage / "step.py").write_text(STEP.replace("STAGE", stage))
    (package / "train" / "defaults.py").write_text(DEFAULTS)
    command = Muse(tmp_path / "home", tmp_path / "stages")
    yield command
    command.end_all()


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Return when `condition` holds; fail the test if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("what the test waits for did not happen")
        time.sleep(0.05)


@pytest.fixture
def wait() -> Callable[..., None]:
    return wait_until
