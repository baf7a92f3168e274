"""The engine over a checkpoint of transformers: one batch whose rows come and go.

Rows are padded on the left, so that all of them end at the same column. A row's positions count
its own tokens only; with the mask over the padding its text does not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from museline.errors import DataError
from museline.extras import require
from museline.models import CONTEXT, Encoded, Prompt
from museline_serving.predictor.generation import ImageError, PromptTooLongError

if TYPE_CHECKING:
    from museline.models import ModelBundle


class TransformersEngine:
    """`threads` are torch's threads for one operation; 0 leaves torch's own choice."""

    def __init__(self, bundle: ModelBundle, threads: int = 0) -> None:
        self._torch = require("torch", "serving a model")
        require("transformers", "serving a model")
        from transformers import DynamicCache

        self._new_cache = DynamicCache
        self.bundle = bundle
        self.context_length = CONTEXT
        self.end_ids = frozenset({int(bundle.tokenizer.eos_token_id)})
        self._cache: Any = None
        self._mask: Any = None
        if threads:
            self._torch.set_num_threads(threads)

    def encode(self, text: str, image: bytes | None) -> tuple[Encoded, int]:
        processor = self.bundle.processor
        try:
            encoded = processor.encode(Prompt(text, image))
        except DataError as error:
            if image is not None:
                try:
                    processor.encode(Prompt("", image))
                except DataError as unreadable:
                    raise ImageError(unreadable.what) from unreadable
            raise PromptTooLongError(str(error.value)) from error
        return encoded, len(encoded.ids)

    def prefill(self, encoded: Sequence[Encoded]) -> numpy.ndarray[Any, Any]:
        torch, model = self._torch, self.bundle.model
        batch = self.bundle.processor.collate(encoded, "left")
        batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
        mask = batch["attention_mask"]
        with torch.inference_mode():
            output = model(
                **batch,
                position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
                past_key_values=self._new_cache(),
                use_cache=True,
                logits_to_keep=1,
            )
            cache = output.past_key_values
            if self._mask is None:
                self._cache, self._mask = cache, mask
            else:
                self._append(cache, mask)
            return numpy.asarray(output.logits[:, -1].float().cpu())

    def step(self, tokens: Sequence[int]) -> numpy.ndarray[Any, Any]:
        torch, model = self._torch, self.bundle.model
        with torch.inference_mode():
            self._mask = self._pad_columns(self._mask, 1, left=False, value=1)
            output = model(
                input_ids=torch.tensor(tokens, device=model.device)[:, None],
                attention_mask=self._mask,
                position_ids=self._mask.sum(-1, keepdim=True) - 1,
                past_key_values=self._cache,
                use_cache=True,
            )
            return numpy.asarray(output.logits[:, -1].float().cpu())

    def keep(self, rows: Sequence[int]) -> None:
        if not rows or self._mask is None:
            self._cache = self._mask = None
            return
        with self._torch.inference_mode():
            chosen = self._torch.tensor(rows, device=self._mask.device)
            mask = self._mask[chosen]
            # Columns in which every row has padding only are of no use to anybody.
            begin = int(mask.argmax(-1).min())
            self._mask = mask[:, begin:]
            for layer in self._cache.layers:
                layer.keys = layer.keys[chosen, :, begin:]
                layer.values = layer.values[chosen, :, begin:]

    def decode(self, ids: Sequence[int]) -> str:
        return self.bundle.processor.decode(ids)

    def _append(self, cache: Any, mask: Any) -> None:
        """Add the rows of `cache` and `mask` below, all padded to the longest."""
        torch = self._torch
        longest = max(self._mask.shape[1], mask.shape[1])

        def joined(above: Any, below: Any) -> Any:
            return torch.cat([self._widened(above, longest), self._widened(below, longest)])

        for layer, new in zip(self._cache.layers, cache.layers, strict=True):
            layer.keys, layer.values = (
                joined(layer.keys, new.keys),
                joined(layer.values, new.values),
            )
        self._mask = torch.cat(
            [self._pad_columns(each, longest - each.shape[1]) for each in (self._mask, mask)]
        )

    def _widened(self, state: Any, length: int) -> Any:
        """Keys or values [rows, heads, tokens, width], padded on the left to `length` tokens."""
        return self._torch.nn.functional.pad(state, (0, 0, length - state.shape[2], 0))

    def _pad_columns(self, mask: Any, count: int, left: bool = True, value: int = 0) -> Any:
        return self._torch.nn.functional.pad(mask, (count, 0) if left else (0, count), value=value)
