from __future__ import annotations

import subprocess
import sys
import time

from museline.lifeline import wait_for_end

FOLLOWER = """
import os, sys, time
from museline.lifeline import follow_environment
follow_environment()
print("ready", flush=True)
time.sleep(60)
"""


def test_a_process_ends_when_the_one_it_follows_is_killed() -> None:
    with subprocess.Popen(["sleep", "60"]) as followed:
        environment = {"MUSELINE_LIFELINE": str(followed.pid)}
        with subprocess.Popen(
            [sys.executable, "-c", FOLLOWER], env=environment, stdout=subprocess.PIPE, text=True
        ) as follower:
            assert follower.stdout is not None
            assert follower.stdout.readline() == "ready\n"
            assert follower.poll() is None
            followed.kill()
            followed.wait()
            assert follower.wait(30) != 0


def test_waiting_for_a_process_that_is_gone_returns_at_once() -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    begin = time.monotonic()
    wait_for_end(gone.pid)
    assert time.monotonic() - begin < 30
