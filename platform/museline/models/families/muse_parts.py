"""What the configurations of the Muse families have in common."""

from __future__ import annotations

from museline.models.families.family import TokenIds
from museline.models.ladder import CANVAS, PATCH, Size


def vision_config(size: Size) -> dict[str, object]:
    """Patches of 8 by 8 pixels, 2 by 2 of them merged: 16 tokens for an image."""
    side = CANVAS // PATCH
    return {
        "patch_size": PATCH,
        "pos_emb_height": side,
        "pos_emb_width": side,
        "max_position_embeddings": side * side,
        "num_attention_heads": size.vision_heads,
        "num_hidden_layers": size.vision_layers,
        "hidden_size": size.vision_hidden,
        "intermediate_size": 4 * size.vision_hidden,
        "patch_temporal": 2,
        "merge_size": 2,
    }


def token_ids_for(tokens: TokenIds, pad: str, begin: str, end: str) -> dict[str, int]:
    return {
        "pad_token_id": tokens[pad],
        "bos_token_id": tokens[begin],
        "eos_token_id": tokens[end],
    }
