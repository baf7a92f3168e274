from __future__ import annotations

import pytest

from museline_components.train.muon import orthogonalise, stacked_muon

SHAPES = [(16, 32), (32, 16), (16, 32), (24, 24), (16, 32), (24, 24)]


@pytest.mark.parametrize("nesterov", [True, False])
def test_it_steps_as_the_library_does(nesterov: bool) -> None:
    import torch

    torch.manual_seed(0)
    ours = [torch.nn.Parameter(torch.randn(shape)) for shape in SHAPES]
    theirs = [torch.nn.Parameter(each.detach().clone()) for each in ours]
    settings = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": nesterov}
    mine, library = stacked_muon(ours, **settings), torch.optim.Muon(theirs, **settings)
    for step in range(3):
        for left, right in zip(ours, theirs, strict=True):
            left.grad = torch.randn(left.shape)
            right.grad = left.grad.clone()
        if step == 1:
            ours[3].grad = theirs[3].grad = None
        mine.step()
        library.step()
    for left, right in zip(ours, theirs, strict=True):
        # the library rounds to bfloat16, which keeps about two digits of a step
        torch.testing.assert_close(left, right, rtol=0, atol=0.01)
        torch.testing.assert_close(
            mine.state[left]["momentum_buffer"], library.state[right]["momentum_buffer"]
        )
    assert not torch.equal(ours[0], theirs[0])


def test_singular_values_come_near_one() -> None:
    import torch

    torch.manual_seed(0)
    found = orthogonalise(torch.randn(3, 20, 50), (3.4445, -4.7750, 2.0315), 5, 1e-7)
    values = torch.linalg.svdvals(found)
    assert values.min() > 0.5
    assert values.max() < 1.3
