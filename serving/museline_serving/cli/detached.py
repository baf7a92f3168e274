"""`muse release start --detach`: the same command in the background."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from museline.errors import StageError
from museline.storage import Home
from museline_serving.release.names import open_store

ENTRY = "from museline.cli.main import main; main()"
PATIENCE_SECONDS = 120.0


def start_detached(home: Home, arguments: list[str]) -> tuple[str, Path]:
    """The name of the release that `muse ARGUMENTS` has begun, and the file of its output.

    Raises StageError, with what it said, if it ends before there is a release.
    """
    store = open_store(home)
    known = set(store.names())
    resumed = arguments[arguments.index("--resume") + 1] if "--resume" in arguments else None
    log = home.rollouts / f"detached-{time.strftime('%Y%m%d-%H%M%S')}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", ENTRY, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        new = [name for name in store.names() if name not in known]
        if new or resumed:
            return resumed or new[-1], log
        if process.poll() is not None:
            break
        time.sleep(0.2)
    said = log.read_text(errors="replace").strip()
    raise StageError(f"the release did not begin: {said}", mend=f"see {log}")
