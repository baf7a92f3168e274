from __future__ import annotations

import pytest

from museline.models import FAMILIES, ModelBundle, Prompt, generate


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_batch_answers_as_one_by_one(
    bundles: dict[str, ModelBundle], family: str, png: bytes
) -> None:
    bundle = bundles[family]
    prompts = [
        Prompt("What is 3 plus 4?"),
        Prompt("Which digit is this?", png),
        Prompt("3"),
        Prompt("What is 12 plus 34, when everything is counted twice and then halved?"),
        Prompt("And this?", png),
    ]
    together = generate(bundle, prompts, max_new_tokens=8, batch_size=5)
    assert together == generate(bundle, prompts, max_new_tokens=8, batch_size=1)
    assert len(set(together)) > 1


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_logits_do_not_see_the_padding(
    bundles: dict[str, ModelBundle], family: str, png: bytes
) -> None:
    import torch

    bundle = bundles[family]
    short, long = (
        bundle.processor.encode(Prompt(text, image))
        for text, image in (("Which?", png), ("What is 12 plus 34 plus 56 plus 78?", None))
    )
    model = bundle.model.eval()
    with torch.inference_mode():
        alone = model(**bundle.processor.collate([short], "left")).logits[0]
        both = bundle.processor.collate([short, long], "left")
        positions = (both["attention_mask"].cumsum(1) - 1).clamp(min=0)
        padded = model(**both, position_ids=positions).logits[0, -len(short.ids) :]
    torch.testing.assert_close(padded, alone, rtol=1e-3, atol=1e-3)


def test_the_image_changes_the_answer(bundles: dict[str, ModelBundle], png: bytes) -> None:
    import torch

    bundle = bundles["muse_spark"]
    encoded = bundle.processor.encode(Prompt("Which digit?", png))
    batch = bundle.processor.collate([encoded], "left")
    black = dict(batch, pixel_values=torch.full_like(batch["pixel_values"], -1.0))
    with torch.inference_mode():
        assert not torch.allclose(bundle.model(**batch).logits, bundle.model(**black).logits)


def test_no_prompts_no_answers(bundles: dict[str, ModelBundle]) -> None:
    assert generate(bundles["llama4"], []) == []
