"""Which examples each step learns from: a function of the seed and the step, and of nothing else.

So a run that goes on from a checkpoint sees exactly what it would have seen without the break,
and every worker knows the whole batch without asking the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from museline_components.train.corpus import Corpus

POOLED = 8
"""Steps whose examples are drawn together and sorted by length, so that little is padded."""
FIRST_POOL = 0.3
GROWN_AT = 0.5
"""A curriculum begins with this share of the examples, and has all at this share of the steps."""


@dataclass
class Plan:
    """The batches of a run of `steps` steps over `corpus`."""

    corpus: Corpus
    steps: int
    batch_size: int
    seed: int
    curriculum: bool
    _order: Any = field(init=False, repr=False)
    _pool: tuple[int, Any] = field(init=False, repr=False, default=(-1, None))

    def __post_init__(self) -> None:
        import numpy as np

        self._order = np.argsort(self.corpus.difficulty, kind="stable")

    def batch(self, step: int) -> Any:
        """Indices [batch_size] of the examples of `step`, by length: worker r of n takes each n-th
        from r on, so that all have equal work."""
        number, place = divmod(step, POOLED)
        if self._pool[0] != number:
            self._pool = (number, self._draw(number))
        return self._pool[1][place]

    def available(self, step: int) -> int:
        """How many of the easiest examples the pool holds at `step`."""
        whole = len(self.corpus)
        if not self.curriculum:
            return whole
        grown = min(1.0, step / max(1.0, GROWN_AT * self.steps))
        return max(1, round(whole * (FIRST_POOL + (1 - FIRST_POOL) * grown)))

    def _draw(self, number: int) -> Any:
        import numpy as np

        random = np.random.default_rng((self.seed, number))
        available = self.available(number * POOLED)
        wanted = POOLED * self.batch_size
        rounds = -(-wanted // available)
        drawn = np.concatenate([random.permutation(available) for _ in range(rounds)])[:wanted]
        rows = self._order[drawn]
        rows = rows[np.argsort(self.corpus.lengths[rows], kind="stable")]
        return rows.reshape(POOLED, self.batch_size)[random.permutation(POOLED)]


def steps_within(budget: float, flops: Any, plan_of: Callable[[int], Plan]) -> int:
    """The most steps that `budget` operations pay for, at least one; `flops` are per example.

    Which examples are drawn depends on the number of steps (the curriculum), so the answer is
    searched for: the cost grows with the steps.
    """

    def cost(steps: int) -> float:
        plan = plan_of(steps)
        return sum(float(flops[plan.batch(step)].sum()) for step in range(steps))

    sample = min(64, max(1, int(budget / max(1.0, float(flops.mean())))))
    mean = cost(sample) / sample
    low, high = 1, max(2, int(2 * budget / mean))
    guess = max(1, int(budget / mean))
    while high - low > 1:
        if cost(guess) <= budget:
            low = guess
        else:
            high = guess
        spread = high - low
        guess = low + max(1, min(spread - 1, spread // 2))
        if spread <= max(1, low // 200):
            break
    return low
