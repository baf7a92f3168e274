"""A Ray session around a piece of work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from museline.errors import BusyError
from museline.extras import require

OBJECT_STORE_BYTES = 256 * 1024 * 1024
ATTEMPTS = 3
TIMED_OUT = "timed out during startup"


def prepare_ray() -> None:
    """Set what Ray reads while it is imported; call it before anything imports Ray."""
    # Below `uv run`, Ray would pack the working folder and build an environment for each worker;
    # ours have the same interpreter already.
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")


@contextmanager
def ray_session(cpus: int = 2) -> Iterator[None]:
    """Ray for the block: one that is running, the cluster at `$RAY_ADDRESS`, or a local one.

    A local one has `cpus` logical CPUs (they need not exist as cores) and ends with the block.
    """
    prepare_ray()
    ray = require("ray", "this stage")
    if ray.is_initialized():
        yield
        return
    _connect(ray, cpus)
    try:
        yield
    finally:
        ray.shutdown()


def _connect(ray: ModuleType, cpus: int) -> None:
    address = os.environ.get("RAY_ADDRESS")
    if address:
        try:
            ray.init(address=address, log_to_driver=False)
        except (ConnectionError, ValueError) as error:
            raise BusyError(
                f"there is no Ray cluster to connect to: {error}",
                value=f"RAY_ADDRESS={address}",
                mend="start the cluster, or unset RAY_ADDRESS to use this machine",
            ) from error
        return
    for attempt in range(1, ATTEMPTS + 1):
        try:
            ray.init(
                address="local",
                num_cpus=cpus,
                include_dashboard=False,
                object_store_memory=OBJECT_STORE_BYTES,
                log_to_driver=False,
                logging_level="WARNING",
            )
            return
        except Exception as error:
            # Ray gives its own node 30 s to start, and says only so, by a bare Exception.
            if TIMED_OUT not in str(error):
                raise
            ray.shutdown()
            if attempt == ATTEMPTS:
                raise BusyError(
                    f"Ray did not start in {ATTEMPTS} attempts",
                    value=f"load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores",
                    mend="let other work on this machine end, then run the same command again",
                ) from error
