"""Ends this process when the one that asked for it has ended, however that happened."""

from __future__ import annotations

import os
import select
import signal
import threading
import time


def follow(parent: int, grace: float) -> None:
    """Watch process `parent` from a thread; at its end stop as by SIGTERM, and for good after
    `grace` seconds. At once if there is no such process."""
    threading.Thread(target=_watch, args=(parent, grace), name="parent", daemon=True).start()


def _watch(parent: int, grace: float) -> None:
    _wait(parent)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    os._exit(1)


def _wait(parent: int) -> None:
    """Return when there is no process `parent`."""
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(parent)
        except ProcessLookupError:
            return
        except OSError:
            pass  # a kernel without it: look every second instead
        else:
            select.select([descriptor], [], [])
            return
    while True:
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass  # it lives, and belongs to somebody else
        time.sleep(1)
