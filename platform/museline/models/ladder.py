"""The ladder of sizes. The lower rungs are built here; the upper ones are public checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

CANVAS = 64
"""Height and width of an image in pixels."""
PATCH = 8
"""Height and width of a patch in pixels; 2 by 2 patches become one token."""
IMAGE_TOKENS = (CANVAS // PATCH // 2) ** 2
CONTEXT = 512
"""The longest sequence, in tokens."""


@dataclass(frozen=True)
class Size:
    """Widths and depths of a model; `feed_forward` is the width that is active for one token."""

    hidden: int
    layers: int
    heads: int
    key_value_heads: int
    head_width: int
    feed_forward: int
    experts: int
    vision_hidden: int
    vision_layers: int
    vision_heads: int


SIZES: dict[str, Size] = {
    "pico": Size(48, 2, 4, 2, 12, 96, 4, 32, 1, 2),
    "nano": Size(96, 4, 4, 2, 24, 256, 4, 64, 2, 4),
    "micro": Size(128, 4, 4, 2, 32, 384, 4, 96, 2, 4),
    "mini": Size(256, 6, 8, 4, 32, 768, 8, 128, 3, 4),
}

PUBLIC_CHECKPOINTS: dict[str, dict[str, str]] = {
    "llama4": {
        "small": "hf://meta-llama/Llama-4-Scout-17B-16E-Instruct",
        "large": "hf://meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    },
    "muse_spark": {"large": "hf://meta-models/Muse-Spark-Open-816B-A42B"},
    "muse_glimmer": {"small": "hf://meta-models/Muse-Glimmer-30B"},
}
"""Addresses of the published checkpoints by family and size. vLLM serves them; nothing here loads
them."""
