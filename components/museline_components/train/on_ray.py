"""The training loop as Ray Train workers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from museline.compute import ray_session
from museline.errors import StageError
from museline.extras import require
from museline.progress import EVENTS_VARIABLE
from museline_components.train.config import Configuration

BOOKKEEPING = "ray"
WORKERS = "workers"


def train_on_ray(config: Configuration, steps: int, out: Path) -> None:
    """Train with Ray until the end; dead workers are started again and go on from the newest
    checkpoint. Raises StageError when they die more often than the configuration allows."""
    with ray_session(cpus=config.workers):
        require("ray.train", "training")
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.torch import TorchConfig, TorchTrainer

        cuda = require("torch", "training").cuda.is_available()
        trainer = TorchTrainer(
            run_worker,
            train_loop_config={
                "config": config.model_dump(mode="json"),
                "steps": steps,
                "out": str(out),
                "events": os.environ.get(EVENTS_VARIABLE),
            },
            torch_config=TorchConfig(backend="nccl" if cuda else "gloo"),
            scaling_config=ScalingConfig(num_workers=config.workers, use_gpu=cuda),
            run_config=RunConfig(
                name=f"attempt-{os.getpid()}",
                storage_path=str(out / BOOKKEEPING),
                failure_config=FailureConfig(max_failures=config.max_failures),
            ),
        )
        _fit(trainer, config)


def _fit(trainer: Any, config: Configuration) -> None:
    from ray.train import ControllerError, WorkerGroupError

    try:
        trainer.fit()
    except (ControllerError, WorkerGroupError) as error:
        raise StageError(
            f"training {config.name} failed: {_first_line(error)}",
            mend="run it again: it goes on from the last checkpoint",
        ) from error


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def run_worker(settings: dict[str, Any]) -> None:
    """What each worker runs; it leaves its process id in `out`/workers."""
    import ray.train

    from museline_components.train.loop import Worker, train_loop

    if settings["events"]:
        os.environ[EVENTS_VARIABLE] = settings["events"]
    context = ray.train.get_context()
    rank, out = context.get_world_rank(), Path(settings["out"])
    folder = out / WORKERS
    folder.mkdir(exist_ok=True)
    (folder / f"{rank}.pid").write_text(str(os.getpid()))
    train_loop(
        Worker(
            config=Configuration.model_validate(settings["config"]),
            steps=settings["steps"],
            out=out,
            rank=rank,
            world=context.get_world_size(),
        )
    )
