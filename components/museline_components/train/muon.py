"""torch's Muon, for many small matrices at once.

torch.optim.Muon treats one matrix after the other. A small model has dozens of equal shape (each
expert's is one), and most of the time goes into starting operations; here those of a shape are
stacked and orthogonalised by batched products. The rule, its settings and its state are torch's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from museline.models.libraries import torch_library


def stacked_muon(weights: Sequence[Any], **settings: float) -> Any:
    """A torch.optim.Muon over matrices `weights` that steps those of equal shape together."""
    torch = torch_library()

    base: Any = torch.optim.Muon

    class StackedMuon(base):
        @torch.no_grad()
        def step(self, closure: None = None) -> None:
            for group in self.param_groups:
                alike: dict[Any, list[Any]] = {}
                for weight in group["params"]:
                    if weight.grad is not None:
                        alike.setdefault(weight.shape, []).append(weight)
                for members in alike.values():
                    _step(members, group, self.state)

    return StackedMuon(weights, **settings)


def _step(weights: list[Any], group: dict[str, Any], state: Any) -> None:
    """One step of the matrices `weights`, all of one shape [m, n]."""
    torch = torch_library()
    gradients = [weight.grad for weight in weights]
    for weight in weights:
        if "momentum_buffer" not in state[weight]:
            state[weight]["momentum_buffer"] = torch.zeros_like(weight.grad)
    means = [state[weight]["momentum_buffer"] for weight in weights]
    torch._foreach_lerp_(means, gradients, 1 - group["momentum"])
    updates = torch.stack(means)
    if group["nesterov"]:
        updates = torch.stack(gradients).lerp(updates, group["momentum"])
    updates = orthogonalise(updates, group["ns_coefficients"], group["ns_steps"], group["eps"])
    rows, columns = weights[0].shape
    rate = group["lr"] * math.sqrt(max(1.0, rows / columns))
    torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
    torch._foreach_add_(weights, list(updates.unbind()), alpha=-rate)


def orthogonalise(matrices: Any, coefficients: Sequence[float], steps: int, epsilon: float) -> Any:
    """Nearly orthogonal matrices [k, m, n] from `matrices`: all singular values come near one.

    The quintic Newton-Schulz iteration X <- a X + (b A + c A A) X with A = X X^T (Jordan and
    others, "Muon: an optimizer for hidden layers in neural networks", 2024).
    """
    torch = torch_library()
    a, b, c = coefficients
    wide = matrices.to(torch.bfloat16) if matrices.is_cuda else matrices.clone()
    tall = wide.shape[1] > wide.shape[2]
    if tall:
        wide = wide.mT
    wide = wide / wide.norm(dim=(1, 2), keepdim=True).clamp(min=epsilon)
    for _ in range(steps):
        gram = torch.bmm(wide, wide.mT)
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        wide = torch.baddbmm(wide, polynomial, wide, beta=a)
    return (wide.mT if tall else wide).to(matrices.dtype)
