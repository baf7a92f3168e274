"""A Ray session around a piece of work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from museline.extras import require

OBJECT_STORE_BYTES = 256 * 1024 * 1024


@contextmanager
def ray_session(cpus: int = 2) -> Iterator[None]:
    """Ray for the block: one that is running, the cluster at `$RAY_ADDRESS`, or a local one.

    A local one has `cpus` logical CPUs (they need not exist as cores) and ends with the block.
    """
    # Ray copies the environment of `uv run` to its workers; ours is the same interpreter already.
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")
    ray = require("ray", "this stage")
    if ray.is_initialized():
        yield
        return
    address = os.environ.get("RAY_ADDRESS")
    if address:
        ray.init(address=address, log_to_driver=False)
    else:
        ray.init(
            address="local",
            num_cpus=cpus,
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            log_to_driver=False,
            logging_level="WARNING",
        )
    try:
        yield
    finally:
        ray.shutdown()
