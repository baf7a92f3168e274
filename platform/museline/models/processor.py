"""From a prompt to token ids and pixels, and back: one processor for all families."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from museline.errors import DataError
from museline.extras import require
from museline.models.families import Family
from museline.models.ladder import CANVAS, CONTEXT, IMAGE_TOKENS
from museline.models.libraries import torch_library
from museline.models.tokens import ASSISTANT, BEGIN, END, IMAGE, USER, token_id

MOST_PIXELS = 4096 * 4096


@dataclass(frozen=True)
class Prompt:
    """What a person asks: a text and, where there is one, an image file (such as a PNG)."""

    text: str
    image: bytes | None = None


@dataclass(frozen=True)
class Encoded:
    """Token ids of the chat form; the first `prompt_length` are the prompt, up to and with the
    token that begins the answer. `pixels` is a float32 array [64, 64] in -1..1, or None."""

    ids: tuple[int, ...]
    prompt_length: int
    pixels: Any | None = None


@dataclass(frozen=True)
class Processor:
    """The tokenizer with the family's pixel form."""

    tokenizer: Any
    family: Family

    def encode(self, prompt: Prompt, answer: str | None = None) -> Encoded:
        """The chat form: begin, user, text, (image tokens), assistant, and with an `answer` that
        answer and the end.

        The names of special tokens inside of texts are plain text. Raises DataError for a text
        beyond the context of 512 tokens and for an image that cannot be read.
        """
        ids = [self._special(BEGIN), self._special(USER), *self._ids(prompt.text)]
        if prompt.image is not None:
            ids += [self._special(IMAGE)] * IMAGE_TOKENS
        ids.append(self._special(ASSISTANT))
        length = len(ids)
        if answer is not None:
            ids += [*self._ids(answer), self._special(END)]
        if len(ids) > CONTEXT:
            raise DataError(
                "the text is longer than the model's context",
                value=f"{len(ids)} tokens",
                allowed=f"at most {CONTEXT} tokens",
            )
        pixels = None if prompt.image is None else read_image(prompt.image)
        return Encoded(tuple(ids), length, pixels)

    def collate(
        self, encoded: Sequence[Encoded], padding_side: Literal["left", "right"]
    ) -> dict[str, Any]:
        """Tensors for the model's forward: input_ids and attention_mask [batch, longest], and the
        pixels of all images in the family's form, in the order of the rows."""
        torch = torch_library()
        import numpy as np

        longest = max(len(each.ids) for each in encoded)
        ids: Any = np.full((len(encoded), longest), self.tokenizer.pad_token_id, dtype=np.int64)
        mask: Any = np.zeros((len(encoded), longest), dtype=np.int64)
        for row, each in enumerate(encoded):
            length = len(each.ids)
            where = slice(longest - length, longest) if padding_side == "left" else slice(length)
            ids[row, where] = each.ids
            mask[row, where] = 1
        batch = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        images = [each.pixels for each in encoded if each.pixels is not None]
        if images:
            batch |= self.family.pixels(torch.from_numpy(np.stack(images)))
        return batch

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids` without special tokens and outer space."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True)).strip()

    def _special(self, token: str) -> int:
        return token_id(self.tokenizer, token)

    def _ids(self, text: str) -> list[int]:
        found = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return list(found["input_ids"])


def read_image(image: bytes) -> Any:
    """An image file as a float32 array [64, 64] in -1..1: grey, fitted into the canvas, centred on
    black where it does not fill it. Raises DataError for what is not an image."""
    import numpy as np

    require("PIL", "an image")
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(image)) as opened:
            if math.prod(opened.size) > MOST_PIXELS:
                raise DataError("the image is too large", value=opened.size, allowed="4096 x 4096")
            grey = opened.convert("L")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise DataError(f"this is not an image: {error}", value=f"{len(image)} bytes") from error
    if grey.size != (CANVAS, CANVAS):
        scale = CANVAS / max(grey.size)
        width, height = (max(1, round(each * scale)) for each in grey.size)
        fitted = grey.resize((width, height), Image.Resampling.BILINEAR)
        grey = Image.new("L", (CANVAS, CANVAS))
        grey.paste(fitted, ((CANVAS - width) // 2, (CANVAS - height) // 2))
    return np.asarray(grey, dtype=np.float32) / 127.5 - 1.0
