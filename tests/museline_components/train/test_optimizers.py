from __future__ import annotations

from typing import Any

import pytest

from museline.models import build, train_tokenizer
from museline_components.train.config import Optimizer, Schedule
from museline_components.train.optimizers import Optimizers, rate


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return train_tokenizer(["What is 1 plus 2?"] * 9, 280)


def _trained(model: Any, optimizers: Optimizers, steps: range) -> Any:
    import torch

    ids = torch.arange(10, 26).reshape(2, 8)
    for step in steps:
        model(input_ids=ids, use_cache=False).logits.logsumexp(-1).mean().backward()
        optimizers.step(step)
    return model


@pytest.mark.parametrize("family", ["llama4", "muse_spark"])
def test_muon_has_the_hidden_matrices_and_adamw_the_rest(family: str, tokenizer: Any) -> None:
    model = build(family, "pico", tokenizer)
    names = {id(weight): name for name, weight in model.named_parameters()}
    optimizers = Optimizers(model, Optimizer(kind="muon"), Schedule(), 10)
    assert optimizers.muon is not None
    muon = {
        names.get(id(each), "slice")
        for group in optimizers.muon.param_groups
        for each in group["params"]
    }
    adamw = {names[id(each)] for group in optimizers.adamw.param_groups for each in group["params"]}
    assert any(name.endswith("q_proj.weight") for name in muon)
    assert "slice" in muon
    assert any("embed_tokens" in name for name in adamw)
    assert "lm_head.weight" in {name.removeprefix("language_model.") for name in adamw}
    assert not any(".experts." in name and "norm" not in name for name in adamw)
    sliced = {id(each.whole) for each in optimizers.slices}
    assert {names[each] for each in sliced} | muon - {"slice"} | adamw == set(names.values())


def test_every_expert_that_is_used_learns(tokenizer: Any) -> None:
    import torch

    torch.manual_seed(0)
    model = build("muse_spark", "pico", tokenizer)
    optimizers = Optimizers(model, Optimizer(kind="muon"), Schedule(warmup=0), 10)
    before = [each.whole[each.index].clone() for each in optimizers.slices]
    _trained(model, optimizers, range(1))
    moved = [
        not torch.equal(old, each.whole[each.index])
        for old, each in zip(before, optimizers.slices, strict=True)
    ]
    assert sum(moved) > len(moved) / 2


@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_a_restored_optimizer_goes_on_exactly(kind: str, tokenizer: Any) -> None:
    import copy

    import torch

    torch.manual_seed(0)
    start = build("muse_spark", "pico", tokenizer)
    config = Optimizer.model_validate({"kind": kind})
    whole = copy.deepcopy(start)
    _trained(whole, Optimizers(whole, config, Schedule(), 6), range(6))
    first = copy.deepcopy(start)
    optimizers = Optimizers(first, config, Schedule(), 6)
    _trained(first, optimizers, range(3))
    second = build("muse_spark", "pico", tokenizer)
    again = Optimizers(second, config, Schedule(), 6)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    again.restore(copy.deepcopy(optimizers.state()))
    _trained(second, again, range(3, 6))
    for left, right in zip(whole.parameters(), second.parameters(), strict=True):
        assert torch.equal(left, right)


def test_the_rate_rises_and_falls() -> None:
    cosine = [rate(Schedule(warmup=0.1, final=0.1), step, 100) for step in range(100)]
    assert cosine[0] == pytest.approx(0.1)
    assert cosine[9] == cosine[10] == pytest.approx(1.0)
    assert cosine[10:] == sorted(cosine[10:], reverse=True)
    assert cosine[99] == pytest.approx(0.1, abs=0.001)
    linear = Schedule(kind="linear", warmup=0.0)
    assert rate(linear, 50, 100) == pytest.approx(0.5)
    assert rate(Schedule(kind="constant", warmup=0.0), 99, 100) == 1.0
