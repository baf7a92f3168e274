from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy
import pytest

from museline.models import FAMILIES, ModelBundle, build_bundle, train_tokenizer
from museline_serving.predictor.generation import ImageError, PromptTooLongError

VOCABULARY = 64
END = 0


class FakeEngine:
    """Its answer to a prompt is what follows "=" in it, character by character, then the end.

    A row's state is what it has said; rows must come and go in step with the batcher's.
    """

    context_length = 40
    end_ids = frozenset({END})

    def __init__(self) -> None:
        self.rows: list[tuple[str, int]] = []
        self.prefills: list[int] = []
        self.breaks_on_step = False

    def encode(self, text: str, image: bytes | None) -> tuple[str, int]:
        if image == b"broken":
            raise ImageError("this is not an image")
        if len(text) > self.context_length:
            raise PromptTooLongError(f"{len(text)} tokens")
        return text, len(text)

    def prefill(self, encoded: Sequence[str]) -> Any:
        if any("poison" in each for each in encoded):
            raise RuntimeError("a secret of the engine")
        self.prefills.append(len(encoded))
        self.rows += [(each.partition("=")[2], 0) for each in encoded]
        return self._logits()[-len(encoded) :]

    def step(self, tokens: Sequence[int]) -> Any:
        if self.breaks_on_step:
            self.breaks_on_step = False
            raise RuntimeError("a secret of the engine")
        said = [text[at] if at < len(text) else "" for text, at in self.rows]
        assert [_letter(each) for each in tokens] == said, "rows out of step"
        self.rows = [(text, at + 1) for text, at in self.rows]
        return self._logits()

    def keep(self, rows: Sequence[int]) -> None:
        self.rows = [self.rows[each] for each in rows]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(_letter(each) for each in ids)

    def _logits(self) -> Any:
        logits = numpy.zeros((len(self.rows), VOCABULARY), dtype=numpy.float32)
        for row, (text, at) in enumerate(self.rows):
            logits[row, _token(text[at]) if at < len(text) else END] = 20
        return logits


def _token(letter: str) -> int:
    return ord(letter) - ord("@")


def _letter(token: int) -> str:
    return chr(token + ord("@"))


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture(scope="session")
def bundles() -> dict[str, ModelBundle]:
    """A model of each family with weights so large that no two tokens nearly tie."""
    import torch

    torch.manual_seed(3)
    torch.set_num_threads(1)  # the models are tiny
    tokenizer = train_tokenizer(
        (f"What is {each} plus {each * 7 % 83}?" for each in range(300)), 300
    )
    made = {name: build_bundle(name, "pico", tokenizer) for name in FAMILIES}
    for each in made.values():
        each.model.eval()
        with torch.no_grad():
            for name, parameter in each.model.named_parameters():
                if parameter.dim() > 1 and "embed" not in name:
                    parameter.mul_(4)
            each.model.get_output_embeddings().weight[tokenizer.eos_token_id] = 0  # no end is near
    return made


@pytest.fixture(scope="session")
def png() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    image = Image.new("L", (8, 8))
    image.paste(255, (2, 1, 5, 7))
    image.save(file, "PNG")
    return file.getvalue()
