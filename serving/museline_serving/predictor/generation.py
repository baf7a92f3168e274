"""The words of generation: what is asked for, what comes back, and what an engine can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class Sampling:
    """How tokens are chosen. `temperature` 0 takes the likeliest one, whatever `top_p` is.

    With the same `seed` the same prompt gives the same text, whatever else is in the batch.
    """

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delta:
    """The next piece of text; never half a character, never the start of a stop string."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The end: the whole text. `first_token_at` is on the clock of `time.perf_counter`."""

    text: str
    reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    first_token_at: float


@dataclass(frozen=True)
class Failed:
    """The end of a generation that the engine, or a stop of the server, broke."""

    error: Exception


Event = Delta | Finished | Failed


class PromptTooLongError(Exception):
    """The prompt has more tokens than the context has room for."""


class ImageError(Exception):
    """The image cannot be read."""


class Engine(Protocol):
    """Holds a batch of rows, one per generation, each with its cache of keys and values.

    Not safe for threads: only the batcher's thread calls it, except `encode`.
    """

    @property
    def context_length(self) -> int:
        """The most tokens a prompt and its answer may have together."""
        ...

    @property
    def end_ids(self) -> frozenset[int]:
        """The tokens that end an answer."""
        ...

    def encode(self, text: str, image: bytes | None) -> tuple[Any, int]:
        """What `prefill` takes for this prompt, and its number of tokens.

        Raises PromptTooLongError and ImageError.
        """
        ...

    def prefill(self, encoded: Sequence[Any]) -> numpy.ndarray[Any, Any]:
        """Append a row per prompt; the logits [prompts, vocabulary] of their first tokens."""
        ...

    def step(self, tokens: Sequence[int]) -> numpy.ndarray[Any, Any]:
        """Append one token to each row; the logits [rows, vocabulary] of the next ones."""
        ...

    def keep(self, rows: Sequence[int]) -> None:
        """Keep these rows (ascending) and forget the others."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """The text of an answer's tokens so far."""
        ...
