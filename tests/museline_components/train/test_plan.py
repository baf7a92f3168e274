from __future__ import annotations

import numpy as np
import pytest

from museline_components.train.corpus import Corpus
from museline_components.train.plan import POOLED, Plan, steps_within


@pytest.fixture
def corpus() -> Corpus:
    random = np.random.default_rng(3)
    lengths = random.integers(5, 60, 400)
    return Corpus(
        ids=np.zeros(lengths.sum(), dtype=np.int32),
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        prompts=lengths - 2,
        image=np.full(400, -1),
        images=np.zeros((0, 1, 1), dtype=np.uint8),
        difficulty=random.random(400),
    )


def _plan(corpus: Corpus, steps: int = 40, seed: int = 0, curriculum: bool = False) -> Plan:
    return Plan(corpus, steps, batch_size=16, seed=seed, curriculum=curriculum)


def test_a_step_s_batch_does_not_depend_on_what_was_asked_before(corpus: Corpus) -> None:
    in_order, alone = _plan(corpus), _plan(corpus)
    batches = [in_order.batch(step) for step in range(40)]
    for step in (39, 3, 17, 3):
        assert (alone.batch(step) == batches[step]).all()


def test_another_seed_gives_another_order(corpus: Corpus) -> None:
    assert (_plan(corpus).batch(0) != _plan(corpus, seed=1).batch(0)).any()


def test_a_pool_draws_no_example_twice(corpus: Corpus) -> None:
    plan = _plan(corpus)
    drawn = np.concatenate([plan.batch(step) for step in range(POOLED)])
    assert len(set(drawn.tolist())) == POOLED * 16


def test_a_batch_has_like_lengths(corpus: Corpus) -> None:
    plan = _plan(corpus)
    for step in range(POOLED):
        lengths = corpus.lengths[plan.batch(step)]
        assert (np.diff(lengths) >= 0).all()
        assert lengths[-1] - lengths[0] <= 20


def test_a_curriculum_begins_easy_and_ends_with_all(corpus: Corpus) -> None:
    plan = _plan(corpus, curriculum=True)
    hardest = [corpus.difficulty[plan.batch(step)].max() for step in range(40)]
    assert plan.available(0) == 120
    assert max(hardest[:POOLED]) <= np.sort(corpus.difficulty)[119]
    assert plan.available(20) == 400
    assert max(hardest[24:]) > np.sort(corpus.difficulty)[350]


def test_a_pool_larger_than_the_examples_goes_round(corpus: Corpus) -> None:
    plan = Plan(corpus, 10, batch_size=100, seed=0, curriculum=False)
    assert sorted(set(np.concatenate([plan.batch(step) for step in range(8)]).tolist())) == list(
        range(400)
    )


@pytest.mark.parametrize("curriculum", [False, True])
def test_a_budget_buys_as_many_steps_as_it_pays(corpus: Corpus, curriculum: bool) -> None:
    flops = corpus.lengths * 1000.0

    def cost(steps: int) -> float:
        plan = _plan(corpus, steps, curriculum=curriculum)
        return sum(flops[plan.batch(step)].sum() for step in range(steps))

    budget = 2.5e7
    steps = steps_within(budget, flops, lambda count: _plan(corpus, count, curriculum=curriculum))
    assert cost(steps) <= budget
    assert cost(steps) > 0.95 * budget


def test_the_smallest_budget_buys_one_step(corpus: Corpus) -> None:
    assert steps_within(1.0, corpus.lengths * 1000.0, lambda steps: _plan(corpus, steps)) == 1
