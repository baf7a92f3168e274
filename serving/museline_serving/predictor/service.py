"""The assistant behind all protocols: from what is asked to events, with its faults and counts."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from museline.errors import DataError
from museline_serving.predictor.batcher import Batcher, ClosedError, Job, QueueFullError
from museline_serving.predictor.chat import Asked, FeatureReference, too_long
from museline_serving.predictor.errors import ApiError, invalid
from museline_serving.predictor.faults import Faults
from museline_serving.predictor.generation import (
    Event,
    Failed,
    Finished,
    ImageError,
    PromptTooLongError,
    Sampling,
)
from museline_serving.predictor.metrics import UNKNOWN, Metrics, Usage

CLIENT_CLOSED = 499
"""The code that a request is counted with when its client has gone (nginx's number)."""


class FeatureFiller(Protocol):
    """Fills the placeholders of a prompt with the online features of an entity.

    Raises DataError for an entity, a view or a placeholder that does not exist.
    """

    def render(self, entity: str, template: str, view: str | None = None) -> str: ...


@dataclass
class RequestRecord:
    """What is known of a request for the counters. `code` overrides the status that was sent."""

    surface: str = UNKNOWN
    began: float = field(default_factory=time.perf_counter)
    code: int | None = None


class Answer:
    """The events of one generation, in order. `close` it to give up its slot."""

    def __init__(self, batcher: Batcher, job: Job, events: asyncio.Queue[Event]) -> None:
        self._batcher, self._job, self._events = batcher, job, events

    async def next(self) -> Event:
        """The next event. Raises the error of a generation that failed."""
        event = await self._events.get()
        if isinstance(event, Failed):
            if isinstance(event.error, ClosedError):
                raise stopping() from event.error
            raise event.error
        return event

    def close(self) -> None:
        self._batcher.cancel(self._job)


@dataclass
class Service:
    """One model at one version. `draining` is set when the process is to end."""

    name: str
    version: str
    batcher: Batcher
    metrics: Metrics
    faults: Faults
    default_max_tokens: int = 64
    features: FeatureFiller | None = None
    draining: bool = False

    def watch(self) -> None:
        """Show the batcher's state on the metrics page."""
        self.metrics.watch("slots", lambda: self.batcher.slots)
        self.metrics.watch("slots_in_use", lambda: self.batcher.slots_in_use)
        self.metrics.watch("queue_length", lambda: self.batcher.queue_length)

    async def begin(self, asked: Asked, *, stream: bool) -> Answer:
        """Let a generation wait for its slot. Raises ApiError."""
        await self.faults.strike()
        encoded, length = await asyncio.to_thread(self._encode, asked)
        room = self.batcher.engine.context_length - length
        if room < 1:
            raise too_long(f"{length} tokens")
        sampling = Sampling(
            max_tokens=min(asked.max_tokens or self.default_max_tokens, room),
            temperature=asked.temperature,
            top_p=asked.top_p,
            seed=asked.seed,
            stop=asked.stop,
        )
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Event] = asyncio.Queue()

        def deliver(event: Event) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(events.put_nowait, event)

        job = Job(encoded, length, sampling, stream, deliver)
        try:
            self.batcher.submit(job)
        except QueueFullError as error:
            raise ApiError(
                429,
                str(error),
                code="rate_limit_exceeded",
                headers={"retry-after": str(error.retry_after)},
            ) from error
        except ClosedError as error:
            raise stopping() from error
        return Answer(self.batcher, job, events)

    async def complete(
        self, asked: Asked, record: RequestRecord, gone: Callable[[], Awaitable[None]]
    ) -> Finished | None:
        """The whole answer, or None if `gone` returned first (the client has left)."""
        answer = await self.begin(asked, stream=False)
        leaving = asyncio.ensure_future(gone())
        coming = asyncio.ensure_future(answer.next())
        try:
            await asyncio.wait({leaving, coming}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                record.code = CLIENT_CLOSED
                return None
            finished = coming.result()
        finally:
            leaving.cancel()
            coming.cancel()
            answer.close()
        assert isinstance(finished, Finished)
        self.count(finished, record)
        return finished

    def count(self, finished: Finished, record: RequestRecord) -> None:
        """Add a finished generation to the metrics."""
        seconds = finished.first_token_at - record.began
        self.metrics.usage(
            record.surface, Usage(finished.prompt_tokens, finished.completion_tokens, seconds)
        )

    def _encode(self, asked: Asked) -> tuple[object, int]:
        text = asked.text
        if asked.features is not None:
            text = self._filled(text, asked.features)
        try:
            return self.batcher.engine.encode(text, asked.image)
        except PromptTooLongError as error:
            raise too_long(str(error)) from error
        except ImageError as error:
            raise invalid(str(error), param="messages", code="invalid_image") from error

    def _filled(self, text: str, reference: FeatureReference) -> str:
        if self.features is None:
            raise invalid(
                "this server has no features (it was started without --feature-repo)",
                param="features",
                code="unsupported_parameter",
            )
        try:
            return self.features.render(reference.entity, text, reference.view)
        except DataError as error:
            raise invalid(
                f"{error.what}: {error.value}", param="features", code="invalid_features"
            ) from error


def stopping() -> ApiError:
    """The answer of a server that is about to end."""
    return ApiError(503, "the server is stopping", code="stopping", headers={"retry-after": "1"})
