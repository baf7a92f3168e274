"""The training loop, the same under Ray and without it."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from museline.models import (
    ModelBundle,
    Processor,
    build_bundle,
    find_family,
    save,
)
from museline.models.flops import flop_counts
from museline.models.libraries import torch_library, transformers_library
from museline.progress import emit
from museline.storage.atomic import staged_folder, write_text
from museline_components.train import checkpoints
from museline_components.train.config import Configuration
from museline_components.train.corpus import IGNORED, Corpus, assemble
from museline_components.train.optimizers import Optimizers
from museline_components.train.plan import Plan

PREPARED = "prepared"
RESULT_FILE = "result.json"
DIVERGED_FILE = "diverged.json"


@dataclass
class Counters:
    """How far a run is; a checkpoint holds it. `seconds` are those of the steps alone."""

    step: int = 0
    tokens: int = 0
    flops: float = 0.0
    seconds: float = 0.0
    curve: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Worker:
    """One of the processes that train together: its number of `world`, and the folder `out`."""

    config: Configuration
    steps: int
    out: Path
    rank: int
    world: int


def train_loop(worker: Worker) -> None:
    """Train from the newest checkpoint, or from the start, to the last step.

    With more than one worker, torch's process group must be there. Worker 0 leaves the checkpoint
    folder and result.json in `out`; or diverged.json where the loss is no number any more.
    """
    torch = torch_library()
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    run = _Run(worker, device)
    resumed = run.restore()
    if not run.go():
        return
    if worker.rank == 0:
        with staged_folder(worker.out / "checkpoint") as folder:
            save(run.bundle, folder)
        write_text(
            worker.out / RESULT_FILE, json.dumps(asdict(run.counters) | {"resumed": resumed})
        )


class _Run:
    """The state of one worker's training."""

    def __init__(self, worker: Worker, device: Any) -> None:
        torch = torch_library()
        config = worker.config
        self.worker, self.config, self.device = worker, config, device
        prepared = worker.out / PREPARED
        tokenizer = transformers_library().AutoTokenizer.from_pretrained(
            prepared, local_files_only=True
        )
        self.corpus = Corpus.load(prepared / "train.npz")
        self.validation = Corpus.load(prepared / "validation.npz")
        self.bundle = start_model(config, tokenizer, device)
        self.processor: Processor = self.bundle.processor
        self.model = self.bundle.model
        if worker.world > 1:
            self.model = torch.nn.parallel.DistributedDataParallel(
                self.bundle.model,
                broadcast_buffers=False,
                gradient_as_bucket_view=True,
                find_unused_parameters=True,  # a step without images leaves the vision side out
            )
        self.optimizers = Optimizers(
            self.bundle.model, config.optimizer, config.schedule, worker.steps
        )
        self.plan = Plan(
            self.corpus, worker.steps, config.batch_size, config.seed, config.curriculum
        )
        self.targets = self.corpus.targets(config.loss)
        self.flops = self.corpus.flops(flop_counts(self.bundle.model.config), config.loss)
        self.counters = Counters()

    def restore(self) -> int | None:
        """Go back to the newest checkpoint; its step, or None if there is none."""
        path = checkpoints.newest(self.worker.out)
        if path is None:
            return None
        state = checkpoints.read(path, self.device)
        self.bundle.model.load_state_dict(state["model"])
        self.optimizers.restore(state["optimizers"])
        self.counters = Counters(**state["counters"])
        return self.counters.step

    def go(self) -> bool:
        """Take the steps that are left. False if the loss is no number any more, which is looked at
        where the loss is summed over the workers: at reports, validations and checkpoints."""
        config, counters, steps = self.config, self.counters, self.worker.steps
        total, positions = 0.0, 0
        while counters.step < steps:
            begin = time.perf_counter()
            loss, count = self._step(counters.step)
            counters.step += 1
            total, positions = total + loss, positions + count
            report, validate, keep = (
                counters.step == steps or counters.step % every == 0
                for every in (
                    config.report_every,
                    config.validation_every,
                    config.checkpoint_every,
                )
            )
            if not (report or validate or keep):
                counters.seconds += time.perf_counter() - begin
                continue
            mean = self._sum(total)[0] / positions
            counters.seconds += time.perf_counter() - begin
            if not math.isfinite(mean):
                self._diverged(mean)
                return False
            self._report(mean, self._validate() if validate else None)
            total, positions = 0.0, 0
            if keep and self.worker.rank == 0:
                checkpoints.write(self.worker.out, counters.step, self._state())
        return True

    def _step(self, step: int) -> tuple[float, int]:
        """One step: this worker's summed loss, and all workers' number of target tokens.

        The gradient is that of the mean over all tokens of all workers, whatever their number.
        """
        torch = torch_library()
        worker, config = self.worker, self.config
        torch.manual_seed(hash((config.seed, step, worker.rank)))
        rows = self.plan.batch(step)
        count = int(self.targets[rows].sum())
        mine = rows[worker.rank :: worker.world]
        loss = 0.0
        if len(mine):
            summed = self._loss(self.model, self.corpus, mine, config.loss)
            (summed * (worker.world / count)).backward()
            loss = float(summed.detach())
        self.optimizers.step(step)
        self.counters.tokens += int(self.corpus.lengths[rows].sum())
        self.counters.flops += float(self.flops[rows].sum())
        return loss, count

    def _loss(self, model: Any, corpus: Corpus, rows: Any, loss: str) -> Any:
        """The summed negative log-likelihood of the target tokens of `rows`."""
        torch = torch_library()
        batch, targets, keep = assemble(corpus, rows, self.processor, loss)
        inputs = {name: each.to(self.device) for name, each in batch.items()}
        logits = model(**inputs, logits_to_keep=keep, use_cache=False).logits[:, :-1]
        return torch.nn.functional.cross_entropy(
            logits.flatten(0, 1).float(),
            targets.flatten().to(self.device),
            ignore_index=IGNORED,
            reduction="sum",
        )

    def _validate(self) -> float | None:
        """Mean loss per answer token on the validation split, whatever the training loss is: so
        recipes can be compared. None without such examples."""
        torch = torch_library()
        corpus, worker = self.validation, self.worker
        if not len(corpus):
            return None
        import numpy as np

        rows = np.argsort(corpus.lengths, kind="stable")[worker.rank :: worker.world]
        size = max(1, self.config.batch_size // worker.world)
        total = 0.0
        with torch.no_grad():
            for begin in range(0, len(rows), size):
                chosen = rows[begin : begin + size]
                total += float(self._loss(self.bundle.model, corpus, chosen, "answer"))
        return self._sum(total)[0] / float(corpus.targets("answer").sum())

    def _sum(self, *values: float) -> list[float]:
        """The sums of `values` over all workers."""
        torch = torch_library()
        if self.worker.world == 1:
            return list(values)
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(tensor)
        return [float(each) for each in tensor]

    def _report(self, loss: float, validation: float | None) -> None:
        counters = self.counters
        counters.curve.append(
            {
                "step": counters.step,
                "loss": loss,
                "flops": counters.flops,
                "tokens": counters.tokens,
                "validation_loss": validation,
            }
        )
        if self.worker.rank == 0:
            emit(
                "progress",
                stage="train",
                model=self.config.name,
                step=counters.step,
                steps=self.worker.steps,
                loss=loss,
                tokens_per_second=counters.tokens / max(counters.seconds, 1e-9),
                flops=counters.flops,
                **({} if validation is None else {"validation_loss": validation}),
            )

    def _diverged(self, loss: float) -> None:
        if self.worker.rank == 0:
            content = {"step": self.counters.step, "loss": str(loss)}
            write_text(self.worker.out / DIVERGED_FILE, json.dumps(content))

    def _state(self) -> dict[str, Any]:
        return {
            "model": self.bundle.model.state_dict(),
            "optimizers": self.optimizers.state(),
            "counters": asdict(self.counters),
        }


def start_model(config: Configuration, tokenizer: Any, device: Any = "cpu") -> ModelBundle:
    """The untrained model of `config`: the same for the same seed. Parts that no example of ours
    reaches are not trained."""
    torch_library().manual_seed(config.seed)
    bundle = build_bundle(config.family, config.size, tokenizer)
    unused = find_family(config.family).unused
    for name, weight in bundle.model.named_parameters():
        weight.requires_grad_(not any(part in name.split(".") for part in unused))
    bundle.model.to(device).train()
    return bundle
