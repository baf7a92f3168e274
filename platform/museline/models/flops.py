"""Floating-point operations of a model, counted from its configuration.

A product of an [m, k] and a [k, n] matrix counts 2 m k n. Forward, for one sequence of L tokens:

    L * token + L (L + 1) / 2 * pair + P * head + I * image

`token` are the projections of the attention, the router and the feed-forward layers that are
active for one token; `pair` are the two products for one query that sees one key (causally, in
all layers); `head` is the output layer at the P positions whose logits the loss needs; `image` is
the vision tower with its projector, for each of the I images. Backward counts twice the forward
(the gradients of inputs and of weights), but the patch embedding, whose input is data, only once.

Left out: everything that is no matrix product (norms, softmax, activations, rotary embeddings,
residuals, the loss, and the embedding, which is a look-up), padding, and the optimizer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TRAINING_OVER_FORWARD = 3


@dataclass(frozen=True)
class FlopCounts:
    """Forward operations by what causes them; `patches` is the part of `image` that embeds them."""

    token: float
    pair: float
    head: float
    image: float
    patches: float
    causal: bool = True

    def pairs(self, length: Any) -> Any:
        """How many (query, key) pairs a sequence has; numbers or arrays of them."""
        return length * (length + 1) / 2 if self.causal else length * length

    def forward(self, length: Any, positions: Any, images: Any = 0) -> Any:
        """Forward operations for a sequence of `length` tokens, image tokens included, with logits
        at `positions` of them. Numbers, or numpy arrays with one entry per sequence."""
        text = length * self.token + self.pairs(length) * self.pair + positions * self.head
        return text + images * self.image

    def training(self, length: Any, positions: Any, images: Any = 0) -> Any:
        """Forward and backward operations, as `forward`."""
        whole = TRAINING_OVER_FORWARD * self.forward(length, positions, images)
        return whole - images * self.patches


def flop_counts(config: Any, *, executed: bool = False) -> FlopCounts:
    """The counts for a transformers configuration of one of our families.

    With `executed`, what the implementation here computes rather than what the model needs: the
    whole square of the attention instead of its causal half, and for Llama 4, whose experts are
    one batched product over zero-scaled inputs, all experts instead of the active ones.
    """
    text = config.text_config
    width = text.num_attention_heads * text.head_dim
    narrow = text.num_key_value_heads * text.head_dim
    gate = 0 if config.model_type == "llama4" else text.hidden_size * width
    attention = text.hidden_size * (2 * width + 2 * narrow) + gate
    layers = range(text.num_hidden_layers)
    forward = sum(attention + _feed_forward(config, layer, executed) for layer in layers)
    image, patches = _image(config)
    return FlopCounts(
        token=2 * forward,
        pair=4 * width * text.num_hidden_layers,
        head=2 * text.hidden_size * text.vocab_size,
        image=image,
        patches=patches,
        causal=not executed,
    )


def flops_per_token(config: Any, length: int, *, positions: int | None = None) -> float:
    """Forward and backward operations per token of a text of `length` tokens; logits at all of
    them, or at `positions`."""
    wanted = length if positions is None else positions
    return float(flop_counts(config).training(length, wanted)) / length


def _feed_forward(config: Any, layer: int, executed: bool) -> int:
    """Multiply-adds for one token in one layer's feed-forward part, its router included."""
    text = config.text_config
    hidden = text.hidden_size
    if config.model_type == "llama4":
        if layer not in text.moe_layers:
            return 3 * hidden * int(text.intermediate_size_mlp)
        active = text.num_local_experts if executed else text.num_experts_per_tok
        experts = (1 + active) * 3 * hidden * text.intermediate_size
        return int(experts + hidden * text.num_local_experts)
    if config.model_type == "muse_spark" and text.mlp_layer_types[layer] == "sparse":
        inner = text.moe_hidden_size
        experts = text.num_experts_per_tok * 3 * inner * text.moe_intermediate_size
        return int(experts + 2 * hidden * inner + hidden * text.num_local_experts)
    return 3 * hidden * int(text.intermediate_size)


def _image(config: Any) -> tuple[float, float]:
    """Operations for one image: the whole vision side, and the embedding of its patches alone."""
    vision, hidden = config.vision_config, config.text_config.hidden_size
    width, inner = vision.hidden_size, vision.intermediate_size
    patch = vision.patch_size**2
    if config.model_type == "llama4":
        count = (vision.image_size // vision.patch_size) ** 2
        sequence = count + 1  # and the class embedding
        embedding = count * vision.num_channels * patch * width
        tokens = int(count * vision.pixel_shuffle_ratio**2)
        projector = inner * vision.projector_input_dim + vision.projector_output_dim**2
        projector += vision.vision_output_dim * hidden
    else:
        count = sequence = vision.pos_emb_height * vision.pos_emb_width
        embedding = count * 3 * vision.patch_temporal * patch * width
        tokens = count // vision.merge_size**2
        projector = config.out_hidden_size * config.projector_hidden_size
        projector += config.projector_hidden_size * (config.projector_hidden_size + hidden)
    layer = sequence * (4 * width * width + 2 * width * inner) + 2 * sequence**2 * width
    whole = embedding + vision.num_hidden_layers * layer + tokens * projector
    return 2.0 * whole, 2.0 * embedding


def active_parameters(model: Any, unused: tuple[str, ...] = ()) -> int:
    """Parameters that take part in one token's forward pass: without the experts that are not
    chosen, and without the parts named in `unused`."""
    text = model.config.text_config
    total = 0
    for name, parameter in model.named_parameters():
        if any(part in name.split(".") for part in unused):
            continue
        share = 1.0
        if ".experts." in name and parameter.dim() == 3:
            share = text.num_experts_per_tok / text.num_local_experts
        total += round(parameter.numel() * share)
    return total
