"""Ray Train against the bare torch loop: the same model, data, steps and seed, two processes."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

from museline.examples import Example, write_examples
from museline.tasks import FAMILIES
from museline_components.train.config import Configuration
from museline_components.train.defaults import muse_spark_candidate
from museline_components.train.loop import RESULT_FILE, Worker, train_loop
from museline_components.train.on_ray import train_on_ray
from museline_components.train.prepare import prepare

EXAMPLES = 1500


def measure(steps: int = 60, repetitions: int = 3) -> dict[str, object]:
    """The wall time of the steps after start-up, both ways in turns; the ratio of the medians."""
    seconds: dict[str, list[float]] = {"bare": [], "ray": []}
    losses = set()
    with tempfile.TemporaryDirectory(prefix="museline-overhead-") as folder:
        root = Path(folder)
        write_examples(root / "data" / "examples.parquet", _examples())
        config = muse_spark_candidate(
            budget_flops=None, steps=steps, checkpoint_every=10**6, validation_every=10**6
        )
        for repetition in range(repetitions):
            for way, train in (("bare", train_bare), ("ray", train_on_ray)):
                out = root / f"{way}-{repetition}"
                out.mkdir()
                prepare(config, root / "data", out)
                train(config, steps, out)
                result = json.loads((out / RESULT_FILE).read_text())
                seconds[way].append(result["seconds"])
                losses.add(result["curve"][-1]["loss"])
    assert len(losses) == 1, "both ways train the same model"
    medians = {way: statistics.median(each) for way, each in seconds.items()}
    return {
        "ray_over_bare": round(medians["ray"] / medians["bare"], 3),
        "ray_s": round(medians["ray"], 2),
        "bare_s": round(medians["bare"], 2),
        "train_steps": steps,
    }


def train_bare(config: Configuration, steps: int, out: Path) -> None:
    """The loop in processes that torch starts, joined by gloo as under Ray."""
    import torch

    torch.multiprocessing.spawn(
        _bare_worker,
        args=(config.model_dump_json(), steps, str(out)),
        nprocs=config.workers,
    )


def _bare_worker(rank: int, config: str, steps: int, out: str) -> None:
    import torch

    chosen = Configuration.model_validate_json(config)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{out}/rendezvous", rank=rank, world_size=chosen.workers
    )
    train_loop(Worker(chosen, steps, Path(out), rank, chosen.workers))
    torch.distributed.destroy_process_group()


def _examples() -> list[Example]:
    import dataclasses

    found = []
    for number, family in enumerate(FAMILIES.values()):
        made = family.generate(number, EXAMPLES // len(FAMILIES))
        found += [dataclasses.replace(each, split="train", difficulty=0.5) for each in made]
    return found


if __name__ == "__main__":
    print(json.dumps(measure()))
