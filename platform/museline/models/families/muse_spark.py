"""Muse Spark: a mixture of experts at a width of its own, with vision and audio towers."""

from __future__ import annotations

from typing import Any

from museline.models.families.family import Family, TokenIds, pixels_as_patches, rope
from museline.models.families.muse_parts import token_ids_for, vision_config
from museline.models.ladder import CONTEXT, Size
from museline.models.libraries import transformers_library
from museline.models.tokens import AUDIO, BEGIN, END, IMAGE, PAD, VIDEO

EXPERTS_PER_TOKEN = 2


def configure(size: Size, tokens: TokenIds) -> Any:
    """Two routed experts are active per token, each half `feed_forward`."""
    return transformers_library().MuseSparkConfig(
        text_config={
            "vocab_size": tokens["vocabulary"],
            "hidden_size": size.hidden,
            "intermediate_size": size.feed_forward,
            "moe_intermediate_size": size.feed_forward // EXPERTS_PER_TOKEN,
            "moe_hidden_size": size.hidden,
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "num_key_value_heads": size.key_value_heads,
            "head_dim": size.head_width,
            "num_local_experts": size.experts,
            "num_experts_per_tok": EXPERTS_PER_TOKEN,
            "sliding_window": CONTEXT,
            "max_position_embeddings": CONTEXT,
            "output_multiplier": 1.0,
            "rope_parameters": rope(),
            **token_ids_for(tokens, PAD, BEGIN, END),
        },
        vision_config=vision_config(size),
        audio_config={
            "num_hidden_layers": 4,
            "hidden_sizes": [16, 16, 32, 32],
            "depths": [1, 1, 1, 1],
            "out_hidden_size": size.hidden,
        },
        image_token_id=tokens[IMAGE],
        video_token_id=tokens[VIDEO],
        audio_token_id=tokens[AUDIO],
        out_hidden_size=4 * size.vision_hidden,
        projector_hidden_size=size.hidden,
        **token_ids_for(tokens, PAD, BEGIN, END),
    )


FAMILY = Family(
    "muse_spark",
    "MuseSparkForConditionalGeneration",
    configure,
    pixels_as_patches,
    unused=("audio_tower",),
)
