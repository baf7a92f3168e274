"""kill -9 of a worker and of the whole process: the run goes on and ends where it would have."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration

CONFIG = {
    "family": "muse_spark",
    "steps": 60,
    "batch_size": 16,
    "vocabulary": 280,
    "checkpoint_every": 5,
    "validation_every": 20,
    "report_every": 5,
    "workers": 2,
    "curriculum": True,
    "optimizer": {"kind": "muon"},
}
DRIVER = """
import sys
from pathlib import Path
from museline_components.train.config import Configuration
from museline_components.train.step import run

if __name__ == "__main__":
    config, data, out = sys.argv[1:]
    run(Configuration.model_validate_json(config), {"data": Path(data)}, Path(out)).write(Path(out))
"""


def _start(data: Path, out: Path) -> subprocess.Popen[bytes]:
    out.mkdir(exist_ok=True)
    environment = os.environ | {"MUSELINE_EVENTS": str(out.with_suffix(".events"))}
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, json.dumps(CONFIG), str(data), str(out)], env=environment
    )


def _events(out: Path) -> list[dict[str, Any]]:
    path = out.with_suffix(".events")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    """Until it is `ready`; the process must not end before."""
    while not ready():
        assert process.poll() is None, "the run ended before it could be disturbed"
        time.sleep(0.005)


def _has_checkpoint(out: Path) -> bool:
    return any((out / "checkpoints").glob("step-*.pt"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture(scope="module")
def undisturbed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    assert _start(data, out).wait() == 0
    card = json.loads((out / "card.json").read_text())
    assert card["resumed_from_step"] is None
    return card  # type: ignore[no-any-return]


def _check(out: Path, undisturbed: dict[str, Any]) -> None:
    card = json.loads((out / "card.json").read_text())
    assert card["resumed_from_step"] >= 5
    for name in ("final_loss", "loss_curve", "checkpoint_digest", "steps", "tokens", "flops"):
        assert card[name] == undisturbed[name], name
    assert sorted(path.name for path in out.iterdir()) == ["card.json", "checkpoint"]


def test_the_workers_report_to_the_person(undisturbed: dict[str, Any], data: Path) -> None:
    assert undisturbed["steps"] == 60
    assert undisturbed["workers"] == 2
    assert undisturbed["loss_curve"][-1]["validation_loss"] is not None
    assert undisturbed["final_loss"] < undisturbed["loss_curve"][0]["loss"]


def test_a_killed_worker_is_started_again_and_goes_on(
    undisturbed: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = _start(data, out)
    _wait(process, lambda: _has_checkpoint(out))
    os.kill(int((out / "workers" / "1.pid").read_text()), signal.SIGKILL)
    assert process.wait() == 0
    _check(out, undisturbed)
    steps = [each["step"] for each in _events(out) if each["event"] == "progress"]
    assert steps[-1] == 60


def test_a_killed_process_goes_on_at_the_next_attempt(
    undisturbed: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = _start(data, out)
    _wait(process, lambda: _has_checkpoint(out))
    workers = [int((out / "workers" / f"{rank}.pid").read_text()) for rank in range(2)]
    process.kill()
    process.wait()
    while any(_alive(pid) for pid in workers):
        time.sleep(0.1)
    assert not (out / "card.json").exists()
    assert _start(data, out).wait() == 0
    _check(out, undisturbed)
