from __future__ import annotations

import numpy
import pytest

from museline_serving.predictor.generation import Sampling
from museline_serving.predictor.sampling import choose

PROBABILITIES = numpy.array([0.1, 0.5, 0.3, 0.1])


def frequencies(sampling: Sampling, draws: int = 4000) -> list[float]:
    random = numpy.random.default_rng(5)
    logits = numpy.log(PROBABILITIES).astype(numpy.float32)
    chosen = [choose(logits, sampling, random) for _ in range(draws)]
    return [chosen.count(token) / draws for token in range(len(PROBABILITIES))]


def test_temperature_zero_takes_the_likeliest() -> None:
    assert frequencies(Sampling(1), 10) == [0, 1, 0, 0]


def test_temperature_one_draws_by_the_probabilities() -> None:
    assert frequencies(Sampling(1, temperature=1)) == pytest.approx(PROBABILITIES, abs=0.03)


def test_a_high_temperature_flattens_them() -> None:
    roots = PROBABILITIES**0.5
    assert frequencies(Sampling(1, temperature=2)) == pytest.approx(roots / roots.sum(), abs=0.03)


@pytest.mark.parametrize(
    ("top_p", "expected"),
    [(0.4, [0, 1, 0, 0]), (0.5, [0, 1, 0, 0]), (0.75, [0, 0.625, 0.375, 0])],
)
def test_top_p_keeps_the_likeliest_that_reach_it(top_p: float, expected: list[float]) -> None:
    found = frequencies(Sampling(1, temperature=1, top_p=top_p))
    assert found == pytest.approx(expected, abs=0.03)


def test_the_same_seed_draws_the_same() -> None:
    logits = numpy.zeros(1000, dtype=numpy.float32)
    by = Sampling(1, temperature=1, seed=9)

    def draw(seed: int) -> list[int]:
        random = numpy.random.default_rng(seed)
        return [choose(logits, by, random) for _ in range(5)]

    assert draw(9) == draw(9)
    assert draw(9) != draw(10)
