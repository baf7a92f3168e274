"""Starting Ray: again when the machine was too busy, and said in words when it stays so."""

import sys
from types import SimpleNamespace

import pytest

from museline.compute import ray_session
from museline.errors import BusyError

SLOW = Exception("The current node timed out during startup. This could happen because ...")


class Ray(SimpleNamespace):
    """Stands in for the library: `outcomes` are what its starts end with."""

    def __init__(self, *outcomes):
        super().__init__(outcomes=list(outcomes), calls=[], ended=0, running=False)

    def is_initialized(self):
        return self.running

    def init(self, **arguments):
        self.calls.append(arguments)
        outcome = self.outcomes.pop(0)
        if outcome is not None:
            raise outcome

    def shutdown(self):
        self.ended += 1


@pytest.fixture
def start(monkeypatch):
    """Opens a session over a `Ray` of these outcomes, and gives that."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    for name in ("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "RAY_TRAIN_V2_ENABLED"):
        monkeypatch.setenv(name, "1")

    def opened(*outcomes, running=False):
        ray = Ray(*outcomes)
        ray.running = running
        monkeypatch.setitem(sys.modules, "ray", ray)
        with ray_session(3):
            pass
        return ray

    return opened


def test_a_local_session_ends_with_the_block(start):
    ray = start(None)
    assert ray.calls[0]["address"] == "local"
    assert ray.calls[0]["num_cpus"] == 3
    assert ray.ended == 1


def test_a_running_session_is_used_and_left_alone(start):
    ray = start(running=True)
    assert (ray.calls, ray.ended) == ([], 0)


def test_a_start_that_was_too_slow_is_tried_again(start):
    ray = start(SLOW, SLOW, None)
    assert len(ray.calls) == 3
    assert ray.ended == 3


def test_a_machine_that_stays_too_busy_is_said(start):
    with pytest.raises(BusyError, match="did not start in 3 attempts") as caught:
        start(SLOW, SLOW, SLOW)
    assert "run the same command again" in str(caught.value)


def test_other_errors_pass(start):
    with pytest.raises(ZeroDivisionError):
        start(ZeroDivisionError())


def test_a_cluster_is_found_by_its_address(start, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:6379")
    assert start(None).calls == [{"address": "127.0.0.1:6379", "log_to_driver": False}]
    with pytest.raises(BusyError, match="no Ray cluster") as caught:
        start(ConnectionError("refused"))
    assert "127.0.0.1:6379" in str(caught.value)
