"""The analytic count against torch's own counter, once per family."""

from __future__ import annotations

import pytest

from museline.models import FAMILIES, ModelBundle, Prompt
from museline.models.flops import active_parameters, flop_counts, flops_per_token


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("with_image", [False, True])
def test_the_formula_agrees_with_the_counter(
    bundles: dict[str, ModelBundle], family: str, with_image: bool, png: bytes
) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    bundle = bundles[family]
    model = bundle.model
    if family == "muse_spark":
        model.set_experts_implementation("eager")  # the counter does not see grouped products
    encoded = bundle.processor.encode(
        Prompt("What is 12 plus 34?", png if with_image else None), "46"
    )
    batch = bundle.processor.collate([encoded] * 4, "left")
    model.zero_grad()
    with FlopCounterMode(display=False) as counter:
        model(**batch, logits_to_keep=5, use_cache=False).logits.sum().backward()
    counted = counter.get_total_flops()
    length, images = len(encoded.ids), int(with_image)
    executed = 4 * flop_counts(model.config, executed=True).training(length, 5, images)
    assert executed == pytest.approx(counted, rel=0.03)
    needed = 4 * flop_counts(model.config).training(length, 5, images)
    assert 0.4 * counted < needed < counted


def test_inactive_experts_do_not_count(bundles: dict[str, ModelBundle]) -> None:
    spark = bundles["muse_spark"].model
    total = sum(each.numel() for each in spark.parameters())
    assert active_parameters(spark, ("audio_tower",)) < active_parameters(spark) < total
    glimmer = bundles["muse_glimmer"].model
    assert active_parameters(glimmer) == sum(each.numel() for each in glimmer.parameters())


def test_a_longer_text_costs_more_per_token(bundles: dict[str, ModelBundle]) -> None:
    config = bundles["llama4"].model.config
    assert flops_per_token(config, 100) > flops_per_token(config, 10)
    assert flops_per_token(config, 10, positions=1) < flops_per_token(config, 10)


def test_six_operations_per_parameter_and_token_is_about_right(
    bundles: dict[str, ModelBundle],
) -> None:
    """The usual estimate, for the dense family: its weights without the embedding, which is a
    look-up, and without the vision side."""
    model = bundles["muse_glimmer"].model
    weights = sum(
        parameter.numel()
        for name, parameter in model.named_parameters()
        if "vision" not in name and "embed_tokens" not in name and parameter.dim() == 2
    )
    assert flops_per_token(model.config, 1) == pytest.approx(6 * weights, rel=0.02)
