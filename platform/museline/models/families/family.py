"""What a model family is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from museline.models.ladder import PATCH, Size
from museline.models.libraries import torch_library

TokenIds = Mapping[str, int]
"""The ids of the special tokens by their text, with the number of tokens as "vocabulary"."""


@dataclass(frozen=True)
class Family:
    """One architecture of transformers.

    `configure(size, tokens)` gives its configuration; `pixels(images)` takes a float32 tensor
    [images, 64, 64] in -1..1 to the arguments that the model's forward wants for them.
    """

    name: str
    architecture: str
    """The class in transformers, which also loads the checkpoints."""
    configure: Callable[[Size, TokenIds], Any]
    pixels: Callable[[Any], dict[str, Any]]
    unused: tuple[str, ...] = ()
    """Parts of the model that no modality of ours reaches: their parameters are not trained."""


def rope(theta: float = 10_000.0) -> dict[str, object]:
    return {"rope_type": "default", "rope_theta": theta}


def pixels_as_patches(images: Any) -> dict[str, Any]:
    """The form of the Muse families: flat patches, each as two equal frames of three channels.

    [n, 64, 64] -> pixel_values [n * 64, 2 * 3 * 8 * 8] with image_grid_thw [n, 3] = (1, 8, 8).
    """
    torch = torch_library()
    count, height, width = images.shape
    rows, columns = height // PATCH, width // PATCH
    patches = images.reshape(count, rows, PATCH, columns, PATCH).permute(0, 1, 3, 2, 4)
    flat = patches.reshape(count * rows * columns, 1, PATCH * PATCH)
    return {
        "pixel_values": flat.expand(-1, 6, -1).reshape(count * rows * columns, -1),
        "image_grid_thw": torch.tensor([[1, rows, columns]] * count),
    }
