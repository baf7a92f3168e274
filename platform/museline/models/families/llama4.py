"""Llama 4: a mixture of experts with a shared expert, and a vision tower."""

from __future__ import annotations

from typing import Any

from museline.models.families.family import Family, TokenIds, rope
from museline.models.ladder import CANVAS, CONTEXT, PATCH, Size
from museline.models.libraries import transformers_library
from museline.models.tokens import BEGIN, END, IMAGE, IMAGE_BEGIN, IMAGE_END, PAD


def configure(size: Size, tokens: TokenIds) -> Any:
    """One routed expert and the shared expert are active per token, each half `feed_forward`."""
    return transformers_library().Llama4Config(
        text_config={
            "vocab_size": tokens["vocabulary"],
            "hidden_size": size.hidden,
            "intermediate_size": size.feed_forward // 2,
            "intermediate_size_mlp": size.feed_forward,
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "num_key_value_heads": size.key_value_heads,
            "head_dim": size.head_width,
            "num_local_experts": size.experts,
            "num_experts_per_tok": 1,
            "attention_chunk_size": CONTEXT,
            "max_position_embeddings": CONTEXT,
            "rope_parameters": rope(),
            "pad_token_id": tokens[PAD],
            "bos_token_id": tokens[BEGIN],
            "eos_token_id": tokens[END],
        },
        vision_config={
            "hidden_size": size.vision_hidden,
            "intermediate_size": 4 * size.vision_hidden,
            "num_hidden_layers": size.vision_layers,
            "num_attention_heads": size.vision_heads,
            "image_size": CANVAS,
            "patch_size": PATCH,
            "pixel_shuffle_ratio": 0.5,
            "projector_input_dim": size.hidden,
            "projector_output_dim": size.hidden,
            "vision_output_dim": size.hidden,
            "rope_parameters": rope(),
        },
        boi_token_index=tokens[IMAGE_BEGIN],
        eoi_token_index=tokens[IMAGE_END],
        image_token_index=tokens[IMAGE],
        pad_token_id=tokens[PAD],
        bos_token_id=tokens[BEGIN],
        eos_token_id=tokens[END],
    )


def pixels(images: Any) -> dict[str, Any]:
    """[n, 64, 64] -> pixel_values [n, 3, 64, 64], with three equal channels."""
    return {"pixel_values": images[:, None].expand(-1, 3, -1, -1).contiguous()}


FAMILY = Family("llama4", "Llama4ForConditionalGeneration", configure, pixels)
