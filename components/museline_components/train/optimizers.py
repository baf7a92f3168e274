"""AdamW, and Muon with AdamW: which weight is whose, and the learning rate over the steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from museline.models.libraries import torch_library
from museline_components.train.config import Optimizer, Schedule
from museline_components.train.muon import stacked_muon

NOT_HIDDEN = ("embed", "lm_head", "router", "gate.weight", "patch_embed", "class_", "norm")
"""Parts of the names of weights that are no matrices of hidden layers."""


@dataclass(frozen=True)
class Slice:
    """One expert's matrix inside the tensor of all experts: the same memory, as its own weight."""

    whole: Any
    index: int
    matrix: Any


class Optimizers:
    """The optimizers of a model behind one step.

    Muon takes matrices only. A tensor of experts [experts, m, n] is many of them: each expert's
    matrix is a weight of its own that shares its memory, and gets its part of the gradient.
    """

    def __init__(self, model: Any, config: Optimizer, schedule: Schedule, steps: int) -> None:
        torch = torch_library()
        self.config, self.schedule, self.steps = config, schedule, steps
        self.weights = [each for each in model.parameters() if each.requires_grad]
        matrices, self.slices, others = _divide(model, config)
        decayed = [each for each in others if each.dim() > 1]
        plain = [each for each in others if each.dim() <= 1]
        self.adamw = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": config.weight_decay},
                {"params": plain, "weight_decay": 0.0},
            ],
            lr=config.lr,
            betas=(config.beta1, config.beta2),
            eps=1e-8,
            foreach=True,
        )
        self.muon = None
        if matrices or self.slices:
            self.muon = stacked_muon(
                [*matrices, *(each.matrix for each in self.slices)],
                lr=config.muon_lr,
                momentum=config.momentum,
                weight_decay=config.weight_decay,
            )

    def step(self, step: int) -> None:
        """Clip the gradients, change the weights by the rate of `step` (from 0), drop them."""
        torch = torch_library()
        torch.nn.utils.clip_grad_norm_(self.weights, self.config.clip, foreach=True)
        factor = rate(self.schedule, step, self.steps)
        for group in self.adamw.param_groups:
            group["lr"] = self.config.lr * factor
        self.adamw.step()
        if self.muon:
            for each in self.slices:
                each.matrix.grad = None if each.whole.grad is None else each.whole.grad[each.index]
            for group in self.muon.param_groups:
                group["lr"] = self.config.muon_lr * factor
            self.muon.step()
        for weight in self.weights:
            weight.grad = None

    def state(self) -> dict[str, Any]:
        return {
            "adamw": self.adamw.state_dict(),
            "muon": self.muon.state_dict() if self.muon else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.adamw.load_state_dict(state["adamw"])
        if self.muon:
            self.muon.load_state_dict(state["muon"])


def rate(schedule: Schedule, step: int, steps: int) -> float:
    """The learning rate of `step` (from 0) as a factor of the largest one."""
    rise = round(schedule.warmup * steps)
    if step < rise:
        return (step + 1) / rise
    if schedule.kind == "constant":
        return 1.0
    done = (step - rise) / max(1, steps - rise)
    left = 1.0 - done if schedule.kind == "linear" else (1.0 + math.cos(math.pi * done)) / 2
    return schedule.final + (1.0 - schedule.final) * left


def _divide(model: Any, config: Optimizer) -> tuple[list[Any], list[Slice], list[Any]]:
    """Muon's matrices, Muon's slices of expert tensors, and the weights of AdamW."""
    torch = torch_library()
    matrices, slices, others = [], [], []
    for name, weight in model.named_parameters():
        if not weight.requires_grad:
            continue
        hidden = config.kind == "muon" and not any(part in name for part in NOT_HIDDEN)
        if hidden and weight.dim() == 2:
            matrices.append(weight)
        elif hidden and weight.dim() == 3 and ".experts." in name:
            slices += [
                Slice(weight, index, torch.nn.Parameter(weight.data[index]))
                for index in range(weight.shape[0])
            ]
        else:
            others.append(weight)
    return matrices, slices, others
