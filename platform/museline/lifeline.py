"""Lets a process end when the one that started it ends, kill -9 included.

Without it the steps of a killed run would go on without anybody to record what they do.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time

LIFELINE_VARIABLE = "MUSELINE_LIFELINE"
GRACE_SECONDS = 5.0


def follow(pid: int) -> None:
    """End this process soon after process `pid` is gone: politely first, then by force."""
    threading.Thread(target=_end_after, args=(pid,), name="lifeline", daemon=True).start()


def follow_environment() -> None:
    """As `follow`, for the process that `$MUSELINE_LIFELINE` names, if it names one."""
    pid = os.environ.get(LIFELINE_VARIABLE)
    if pid:
        follow(int(pid))


def _end_after(pid: int) -> None:
    wait_for_end(pid)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def wait_for_end(pid: int) -> None:
    """Return when there is no process `pid` any more; it need not be a child of this one."""
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        except OSError:  # a kernel or a sandbox without it
            pass
        else:
            select.select([descriptor], [], [])
            os.close(descriptor)
            return
    while _alive(pid):
        time.sleep(0.5)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
