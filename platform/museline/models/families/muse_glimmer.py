"""Muse Glimmer: the dense sibling of Muse Spark, with a vision tower."""

from __future__ import annotations

from typing import Any

from museline.models.families.family import Family, TokenIds, pixels_as_patches, rope
from museline.models.families.muse_parts import token_ids_for, vision_config
from museline.models.ladder import CONTEXT, Size
from museline.models.libraries import transformers_library
from museline.models.tokens import BEGIN, END, IMAGE, PAD, VIDEO


def configure(size: Size, tokens: TokenIds) -> Any:
    return transformers_library().MuseGlimmerConfig(
        text_config={
            "vocab_size": tokens["vocabulary"],
            "hidden_size": size.hidden,
            "intermediate_size": size.feed_forward,
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "num_key_value_heads": size.key_value_heads,
            "head_dim": size.head_width,
            "sliding_window": CONTEXT,
            "max_position_embeddings": CONTEXT,
            "output_multiplier": 1.0,
            "rope_parameters": rope(),
            **token_ids_for(tokens, PAD, BEGIN, END),
        },
        vision_config=vision_config(size),
        image_token_id=tokens[IMAGE],
        video_token_id=tokens[VIDEO],
        out_hidden_size=4 * size.vision_hidden,
        projector_hidden_size=size.hidden,
        **token_ids_for(tokens, PAD, BEGIN, END),
    )


FAMILY = Family("muse_glimmer", "MuseGlimmerForConditionalGeneration", configure, pixels_as_patches)
