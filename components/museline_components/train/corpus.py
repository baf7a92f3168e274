"""The examples as arrays of tokens, prepared once and read by every worker."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from museline.errors import DataError
from museline.examples import Example
from museline.models import IMAGE_TOKENS, Encoded, Processor, Prompt
from museline.models.flops import FlopCounts
from museline.models.tokens import IMAGE, token_id

IGNORED = -100
"""The target that the loss leaves out."""


@dataclass(frozen=True)
class Corpus:
    """Encoded examples one after the other.

    `ids` [tokens] with `starts` [examples + 1]; `prompts` are lengths of prompts; `image` is an
    index into `images` [images, 64, 64] (bytes), or -1; `difficulty` is 0 (easy) to 1.
    """

    ids: Any
    starts: Any
    prompts: Any
    image: Any
    images: Any
    difficulty: Any

    def __len__(self) -> int:
        return len(self.prompts)

    @property
    def lengths(self) -> Any:
        return self.starts[1:] - self.starts[:-1]

    def targets(self, loss: str) -> Any:
        """How many tokens of each example the loss counts."""
        if loss == "answer":
            return self.lengths - self.prompts
        return self.lengths - 1 - IMAGE_TOKENS * (self.image >= 0)

    def flops(self, counts: FlopCounts, loss: str) -> Any:
        """Forward and backward operations of each example."""
        return counts.training(self.lengths, self.targets(loss), (self.image >= 0) * 1.0)

    def encoded(self, index: int) -> Encoded:
        import numpy as np

        ids = self.ids[self.starts[index] : self.starts[index + 1]]
        picture = int(self.image[index])
        pixels = None
        if picture >= 0:
            pixels = self.images[picture].astype(np.float32) / 127.5 - 1.0
        return Encoded(tuple(ids.tolist()), int(self.prompts[index]), pixels)

    def save(self, path: Path) -> None:
        import numpy as np

        aside = path.with_name(f".{path.name}.partial")
        with aside.open("wb") as file:
            np.savez(file, **vars(self))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Corpus:
        import numpy as np

        with np.load(path) as arrays:
            return cls(**{name: arrays[name] for name in arrays.files})


def encode(examples: Sequence[Example], processor: Processor) -> Corpus:
    """The corpus of `examples`, in their order.

    Raises DataError, with the example's id, for one that the processor refuses.
    """
    import numpy as np

    ids: list[int] = []
    starts: list[int] = [0]
    prompts: list[int] = []
    image: list[int] = []
    images: list[Any] = []
    for example in examples:
        try:
            encoded = processor.encode(Prompt(example.prompt, example.image), example.answer)
        except DataError as error:
            raise DataError(
                f"example {example.id}: {error.what}", value=error.value, allowed=error.allowed
            ) from error
        ids.extend(encoded.ids)
        starts.append(len(ids))
        prompts.append(encoded.prompt_length)
        image.append(-1 if encoded.pixels is None else len(images))
        if encoded.pixels is not None:
            images.append(np.round((encoded.pixels + 1.0) * 127.5).astype(np.uint8))
    return Corpus(
        ids=np.asarray(ids, dtype=np.int32),
        starts=np.asarray(starts, dtype=np.int64),
        prompts=np.asarray(prompts, dtype=np.int64),
        image=np.asarray(image, dtype=np.int64),
        images=np.stack(images) if images else np.zeros((0, 1, 1), dtype=np.uint8),
        difficulty=np.asarray([each.difficulty or 0.0 for each in examples], dtype=np.float64),
    )


def assemble(
    corpus: Corpus, rows: Sequence[int], processor: Processor, loss: str
) -> tuple[dict[str, Any], Any, int]:
    """The model's inputs for these rows, the targets, and how many positions' logits they need.

    Rows are padded on the left, so that the answers end together and logits are needed for the
    last `keep` positions only. Targets [rows, keep - 1] are the tokens after those positions.
    """
    encoded = [corpus.encoded(int(row)) for row in rows]
    batch = processor.collate(encoded, "left")
    ids = batch["input_ids"]
    longest = ids.shape[1]
    first = [longest - len(each.ids) + (each.prompt_length if loss == "answer" else 1)
             for each in encoded]  # fmt: skip
    keep = longest - min(first) + 1
    targets = ids[:, longest - keep + 1 :].clone()
    for row, begin in enumerate(first):
        targets[row, : begin - (longest - keep + 1)] = IGNORED
    if loss == "full":
        targets[targets == token_id(processor.tokenizer, IMAGE)] = IGNORED
    return batch, targets, keep
