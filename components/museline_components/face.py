"""What every KFP face calls: runs the stage, and hands its finished folder to the output artifact.

On one machine the artifact points to the folder in the home's store: nothing is copied. With a
remote pipeline root (`s3://`, `minio://`, `gs://`) the folder is copied to the mounted path, from
where KFP's launcher uploads it.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Protocol

from museline.cards import CARD_FILE
from museline.errors import MuselineError, StageError
from museline.lifeline import follow_environment
from museline.progress import STEP_VARIABLE, emit
from museline.storage import Artifact, digest_file
from museline.storage.space import full_disk, is_full_disk

LOGS_VARIABLE = "MUSELINE_LOGS"
STOPPED = 128 + signal.SIGTERM
LONGEST_START = 120.0
"""Seconds; an older start is a clock of another kind, as some sandboxes have."""


class KfpArtifact(Protocol):
    """What is used of `kfp.dsl.Artifact`."""

    uri: str
    path: str
    metadata: dict[str, object]


def run_stage(
    stage: str, config: str, inputs: Mapping[str, KfpArtifact | None], output: KfpArtifact
) -> None:
    """Run `stage` on the inputs that are given, and let `output` be its finished folder.

    An error ends the process: with the error's own exit code after a "failed" event that says what
    it was; the traceback is in the step's log.
    """
    from museline_components.stage import execute

    follow_environment()
    signal.signal(signal.SIGTERM, _stop)
    _redirect_to_log(os.environ.get(STEP_VARIABLE) or stage)
    began = _began()
    emit("entered", stage=stage, pid=os.getpid(), time=began, start_s=time.time() - began)
    folders = {name: each.path for name, each in inputs.items() if each is not None}
    try:
        publish(execute(stage, config, folders), output)
    except MuselineError as error:
        traceback.print_exc()
        emit("failed", stage=stage, **_parts(error))
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - the edge of the step's process
        traceback.print_exc()
        translated = _translated(error)
        emit("failed", stage=stage, **_parts(translated))
        sys.exit(translated.exit_code)


def publish(artifact: Artifact, output: KfpArtifact) -> None:
    """Let `output` be the finished folder, with what a reader of the lineage asks for first."""
    output.metadata.update(
        card_digest=digest_file(artifact.folder / CARD_FILE),
        made_by_run=artifact.run,
        seconds=artifact.seconds,
    )
    if "://" in output.uri:
        shutil.copytree(artifact.folder, output.path, dirs_exist_ok=True)
    else:
        output.path = str(artifact.folder)


def _began() -> float:
    """When this process began (seconds since 1970), so that a step's time has its imports."""
    now = time.time()
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):  # another operating system
        return now
    return now - age if 0 <= age < LONGEST_START else now


def _translated(error: Exception) -> MuselineError:
    """What a person can do about an error that no stage foresaw."""
    if isinstance(error, OSError) and is_full_disk(error):
        return full_disk(error, Path.cwd())
    return StageError(f"{type(error).__name__}: {error}"[:2000])


def _parts(error: MuselineError) -> dict[str, object]:
    return {
        "kind": type(error).__name__,
        "what": error.what,
        "value": None if error.value is None else str(error.value),
        "allowed": error.allowed,
        "mend": error.mend,
        "exit_code": error.exit_code,
    }


def _stop(number: int, frame: FrameType | None) -> None:
    """Ends by an exception, so that what the stage holds (Ray, files) is let go in order."""
    sys.exit(STOPPED)


def _redirect_to_log(step: str) -> None:
    """Everything that this process and its children print goes to `<step>.log`."""
    folder = os.environ.get(LOGS_VARIABLE)
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    path = Path(folder) / f"{step}.log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    logging.getLogger().setLevel(logging.WARNING)  # KFP has set it so that all libraries chatter
