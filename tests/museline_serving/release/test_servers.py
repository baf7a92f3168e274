"""Servers as children: started again, given up, and dead with their parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from museline.errors import StageError
from museline_serving.gateway.children import start_child
from museline_serving.gateway.ports import free_ports
from museline_serving.release.models import Served
from museline_serving.release.servers import (
    RESTARTS,
    ModelServer,
    ModelServers,
    predictor_command,
)

DIES = [sys.executable, "-c", "import sys; sys.exit('no such weights')"]


def ended(server: ModelServer) -> ModelServer:
    server.child.process.wait()
    return server


def test_a_server_that_dies_is_started_again_a_few_times(tmp_path: Path) -> None:
    server = ModelServer("candidate", DIES, free_ports(1)[0], tmp_path)
    for _ in range(RESTARTS):
        assert not ended(server).ready()
    with pytest.raises(StageError, match="no such weights"):
        ended(server).ready()


def test_a_server_that_dies_at_its_start_is_said_with_its_log(tmp_path: Path) -> None:
    ports = free_ports(2)
    old = ModelServer("incumbent", DIES, ports[0], tmp_path)
    new = ModelServer("candidate", DIES, ports[1], tmp_path)
    servers = ModelServers(old, new, lambda: True)
    with pytest.raises(StageError, match="incumbent ended with status 1: no such weights"):
        servers.await_ready()
    servers.end()


def test_a_living_server_may_miss_a_few_looks(tmp_path: Path) -> None:
    sleeps = [sys.executable, "-c", "import time; time.sleep(60)"]
    server = ModelServer("candidate", sleeps, free_ports(1)[0], tmp_path)
    assert [server.ready() for _ in range(3)] == [True, True, False]
    server.child.end()
    assert not server.child.alive


def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib, time\n"
        "from museline_serving.gateway.children import start_child\n"
        "start_child('sleeper', [sys.executable, '-c', 'import time; time.sleep(60)'],"
        f" pathlib.Path({str(tmp_path)!r}))\n"
        "print('started', flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    child = Path("/proc") / (tmp_path / "pids" / "sleeper").read_text().strip() / "cmdline"
    assert child.exists()
    parent.kill()
    parent.communicate()
    for _ in range(200):
        if not child.exists() or not child.read_bytes():
            return
        time.sleep(0.05)
    raise AssertionError("the child outlived its parent")


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    child = start_child("speaker", [sys.executable, "-c", "print('hello')"], tmp_path)
    child.process.wait()
    child.end()
    assert (tmp_path / "logs" / "speaker.log").read_text() == "hello\n"
    assert int((tmp_path / "pids" / "speaker").read_text()) != os.getpid()


def test_the_predictors_command_names_version_and_fault(tmp_path: Path) -> None:
    model = Served("muse-spark-v2", tmp_path, tmp_path / "key.pub")
    command = predictor_command(model, 8123, "errors=0.1")
    assert command[command.index("--version") + 1] == "muse-spark-v2"
    assert command[command.index("--fault") + 1] == "errors=0.1"
    assert "--fault" not in predictor_command(model, 8123, None)
