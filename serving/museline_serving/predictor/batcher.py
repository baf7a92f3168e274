"""Continuous batching: generations join and leave a running batch between two tokens."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from museline_serving.predictor.generation import (
    Delta,
    Engine,
    Event,
    Failed,
    Finished,
    FinishReason,
    Sampling,
)
from museline_serving.predictor.sampling import choose

logger = logging.getLogger("museline.predictor")
BROKEN = "\N{REPLACEMENT CHARACTER}"


class QueueFullError(Exception):
    """No slot is free and the queue is full. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the queue is full; try again in {retry_after} s")
        self.retry_after = retry_after


class ClosedError(Exception):
    """The server is stopping."""


class Job:
    """One generation on its way. `deliver` is called on the batcher's thread."""

    def __init__(
        self,
        encoded: Any,
        prompt_tokens: int,
        sampling: Sampling,
        stream: bool,
        deliver: Callable[[Event], None],
    ) -> None:
        self.encoded, self.prompt_tokens, self.sampling = encoded, prompt_tokens, sampling
        self.stream, self.deliver = stream, deliver
        self.random = numpy.random.default_rng(sampling.seed)
        self.ids: list[int] = []
        self.sent = 0
        self.started_at = self.first_token_at = 0.0
        self.cancelled = False


class Batcher:
    """Runs an engine with `slots` rows; at most `queue` further generations wait.

    `start` begins a thread of its own; `turn` is one round of its work.
    """

    def __init__(self, engine: Engine, slots: int, queue: int) -> None:
        self.engine, self.slots, self.queue = engine, slots, queue
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._joining: list[Job] = []
        self._running: list[Job] = []
        self._closed = False
        self._residence = 0.1
        self._thread = threading.Thread(target=self._work, name="batcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def slots_in_use(self) -> int:
        return len(self._running) + len(self._joining)

    @property
    def queue_length(self) -> int:
        return len(self._waiting)

    def submit(self, job: Job) -> None:
        """Let `job` wait for a slot. Raises QueueFullError and ClosedError."""
        with self._changed:
            if self._closed:
                raise ClosedError("the server is stopping")
            if len(self._waiting) >= self.queue + self.slots - self.slots_in_use:
                raise QueueFullError(self._retry_after())
            self._waiting.append(job)
            self._changed.notify()

    def cancel(self, job: Job) -> None:
        """Give up `job`; its slot is free after the token that is being computed."""
        with self._changed:
            job.cancelled = True
            self._changed.notify()

    def close(self) -> None:
        """End the thread; what is unfinished fails with ClosedError."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        left = [*self._running, *self._joining, *self._waiting]
        self._running, self._joining, self._waiting = [], [], deque()
        self._fail(left, ClosedError("the server is stopping"))

    def turn(self) -> None:
        """Drop the cancelled, compute one token for each row, and let the waiting in."""
        self._drop([job for job in self._running if job.cancelled])
        if self._running:
            logits = self.engine.step([job.ids[-1] for job in self._running])
            self._drop(self._take(self._running, logits))
        with self._changed:
            waiting = [job for job in self._waiting if not job.cancelled]
            self._joining = waiting[: self.slots - len(self._running)]
            self._waiting = deque(waiting[len(self._joining) :])
        if self._joining:
            self._prefill(self._joining)
            self._joining = []

    def _prefill(self, jobs: Sequence[Job]) -> None:
        """Let `jobs` join the batch; one that breaks the engine fails alone."""
        begin = time.perf_counter()
        try:
            logits = self.engine.prefill([job.encoded for job in jobs])
        except Exception as error:
            if len(jobs) == 1:
                logger.error("a prompt broke the engine", exc_info=error)
                self._fail(jobs, error)
            else:
                for job in jobs:
                    self._prefill([job])
            return
        for job in jobs:
            job.started_at = begin
        self._running.extend(jobs)
        self._drop(self._take(jobs, logits))

    def _take(self, jobs: Sequence[Job], logits: numpy.ndarray[Any, Any]) -> list[Job]:
        """Choose a token for each of `jobs`; those that it finished."""
        finished = []
        for job, row in zip(jobs, logits, strict=True):
            token = choose(row, job.sampling, job.random)
            if not job.ids:
                job.first_token_at = time.perf_counter()
            if self._advance(job, token):
                finished.append(job)
        return finished

    def _advance(self, job: Job, token: int) -> bool:
        if token in self.engine.end_ids:
            self._finish(job, self.engine.decode(job.ids), "stop")
            return True
        job.ids.append(token)
        limit = len(job.ids) >= job.sampling.max_tokens
        if not (job.stream or job.sampling.stop or limit):
            return False
        text = self.engine.decode(job.ids)
        cut = min((at for each in job.sampling.stop if (at := text.find(each)) >= 0), default=-1)
        if cut >= 0:
            self._finish(job, text[:cut], "stop")
        elif limit:
            self._finish(job, text, "length")
        elif job.stream:
            self._send(job, text[: len(text) - held_back(text, job.sampling.stop)])
        return cut >= 0 or limit

    def _send(self, job: Job, text: str) -> None:
        if len(text) > job.sent:
            job.deliver(Delta(text[job.sent :]))
            job.sent = len(text)

    def _finish(self, job: Job, text: str, reason: FinishReason) -> None:
        if job.stream:
            self._send(job, text)
        self._residence += 0.1 * (time.perf_counter() - job.started_at - self._residence)
        job.deliver(Finished(text, reason, job.prompt_tokens, len(job.ids), job.first_token_at))

    def _drop(self, jobs: Sequence[Job]) -> None:
        if not jobs:
            return
        gone = {id(job) for job in jobs}
        rows = [at for at, job in enumerate(self._running) if id(job) not in gone]
        self.engine.keep(rows)
        self._running = [self._running[at] for at in rows]

    def _fail(self, jobs: Sequence[Job], error: Exception) -> None:
        for job in jobs:
            if not job.cancelled:
                job.deliver(Failed(error))

    def _retry_after(self) -> int:
        """Seconds until the last one that waits now has its slot, by how long others kept one."""
        return max(1, round((len(self._waiting) / self.slots + 1) * self._residence))

    def _work(self) -> None:
        while self._wait():
            try:
                self.turn()
            except Exception as error:
                logger.error("the engine failed in a step", exc_info=error)
                failed, self._running = self._running, []
                self.engine.keep([])
                self._fail(failed, error)

    def _wait(self) -> bool:
        with self._changed:
            while not (self._closed or self._waiting or self._running):
                self._changed.wait()
            return not self._closed


def held_back(text: str, stop: Sequence[str]) -> int:
    """How many characters at the end of `text` may yet turn out otherwise: the bytes of an
    unfinished character, or the beginning of a stop string."""
    broken = len(text) - len(text.rstrip(BROKEN))
    begun = (
        length
        for each in stop
        for length in range(min(len(each) - 1, len(text)), 0, -1)
        if text.endswith(each[:length])
    )
    return max(broken, max(begun, default=0))
