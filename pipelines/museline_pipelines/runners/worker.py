"""The process in which `kfp.local` runs one pipeline: `python -m ... RUN_FOLDER`.

One process per run: the local runner keeps global state, and a second run in one process fails.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

from museline.lifeline import LIFELINE_VARIABLE, follow_environment
from museline.progress import emit
from museline_pipelines.catalogue import find_pipeline
from museline_pipelines.recipes import parse_configuration
from museline_pipelines.records import RECORD_FILE, RunRecord
from museline_pipelines.steps import arguments

KFP_FOLDER = "kfp"
FAILED = 1


def main(folder: Path) -> int:
    """Run the pipeline of `folder`; the exit status is 0 or 1, the reason is in the events."""
    follow_environment()
    os.environ[LIFELINE_VARIABLE] = str(os.getpid())
    signal.signal(signal.SIGTERM, _stop)
    record = RunRecord.model_validate_json((folder / RECORD_FILE).read_bytes())
    pipeline = find_pipeline(record.pipeline)
    configuration = parse_configuration(pipeline, record.configuration)
    from kfp import local

    function = pipeline.load()
    local.init(
        local.SubprocessRunner(use_venv=False),
        pipeline_root=str(folder / KFP_FOLDER),
        workspace_root=str(folder / KFP_FOLDER / "workspace"),
        raise_on_error=True,
    )
    emit("ready")
    try:
        function(**arguments(pipeline.steps, configuration))
    except RuntimeError:  # "Inner task failed": the task itself has said why
        traceback.print_exc()
        return FAILED
    emit("through")
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    """Ends the step too: this process leads the group, and `kfp.local` only waits for it."""
    signal.signal(number, signal.SIG_IGN)
    os.killpg(0, number)
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
