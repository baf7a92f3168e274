"""One model's answers to all cases."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from museline.examples import Example
from museline.extras import require
from museline.progress import emit

if TYPE_CHECKING:
    from museline.models import Encoded


@dataclass(frozen=True)
class Answers:
    """The answers in the order of the cases, and what generating them took."""

    texts: tuple[str, ...]
    seconds: float
    tokens: int

    @property
    def milliseconds_per_token(self) -> float:
        """Wall time per generated token, batched as in the configuration."""
        return 1000 * self.seconds / max(1, self.tokens)


def answer(
    checkpoint: Path,
    cases: Sequence[Example],
    *,
    name: str,
    batch_size: int,
    max_new_tokens: int,
    threads: int,
    done: int,
    total: int,
) -> Answers:
    """Let the model in `checkpoint` answer `cases` greedily, and report after each batch.

    Prompts of like modality and length share a batch, so that little is spent on padding. `done`
    of `total` cases were answered by models before this one.
    """
    torch = require("torch", "evaluating a model")
    from museline.models import Prompt, generate, load

    torch.set_num_threads(threads)
    bundle = load(checkpoint)
    order = sorted(range(len(cases)), key=lambda i: (cases[i].modality, len(cases[i].prompt)))
    prompts = [Prompt(cases[i].prompt, cases[i].image) for i in order]
    generate(bundle, prompts[:1], max_new_tokens=1, batch_size=1)  # what is loaded lazily, untimed
    texts = [""] * len(cases)
    begin = time.perf_counter()
    for start in range(0, len(prompts), batch_size):
        batch = prompts[start : start + batch_size]
        found = generate(bundle, batch, max_new_tokens=max_new_tokens, batch_size=batch_size)
        for index, text in zip(order[start : start + batch_size], found, strict=True):
            texts[index] = text
        emit(
            "progress",
            stage="evaluate",
            model=name,
            step=done + start + len(batch),
            steps=total,
        )
    seconds = time.perf_counter() - begin
    tokens = sum(_answer_tokens(bundle.processor.encode(Prompt(""), text)) for text in texts)
    return Answers(tuple(texts), seconds, tokens)


def _answer_tokens(encoded: Encoded) -> int:
    """Tokens of an answer with its end."""
    return len(encoded.ids) - encoded.prompt_length
