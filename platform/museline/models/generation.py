"""Greedy answers, in batches with a key-value cache."""

from __future__ import annotations

from collections.abc import Sequence

from museline.models.bundle import ModelBundle
from museline.models.libraries import torch_library
from museline.models.processor import Prompt


def generate(
    bundle: ModelBundle,
    prompts: Sequence[Prompt],
    max_new_tokens: int = 16,
    batch_size: int = 64,
) -> list[str]:
    """The answer to each prompt, in their order; an answer ends at the end token.

    Prompts of like length share a batch, padded on the left; text and images mix.
    """
    torch = torch_library()
    processor, model = bundle.processor, bundle.model
    encoded = [processor.encode(prompt) for prompt in prompts]
    order = sorted(range(len(encoded)), key=lambda index: len(encoded[index].ids))
    answers = [""] * len(encoded)
    was_training = model.training
    model.eval()
    try:
        for begin in range(0, len(order), batch_size):
            chosen = order[begin : begin + batch_size]
            batch = processor.collate([encoded[index] for index in chosen], "left")
            batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
            with torch.inference_mode():
                ids = model.generate(
                    **batch,
                    do_sample=False,
                    max_new_tokens=max_new_tokens,
                    pad_token_id=processor.tokenizer.pad_token_id,
                    eos_token_id=processor.tokenizer.eos_token_id,
                )
            new = ids[:, batch["input_ids"].shape[1] :].tolist()
            for index, row in zip(chosen, new, strict=True):
                answers[index] = processor.decode(row)
    finally:
        model.train(was_training)
    return answers
