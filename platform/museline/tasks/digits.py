"""Handwritten digits: real scans, alone or side by side, read as a number or added up.

The scans are scikit-learn's copy of the UCI data set "Optical Recognition of Handwritten Digits"
(E. Alpaydin and C. Kaynak, 1998; 1,797 scans of 8x8 points with 17 levels of grey).

A scan belongs to one pool, by its index: remainder 0 or 1 on division by 10 is `evaluation`,
remainder 2 is `validation`, the others are `train`. An image has scans of one pool only, and the
parameters say which, so that no scan is both trained on and evaluated.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any

from museline.examples.example import Example
from museline.extras import require
from museline.tasks.answers import same_number
from museline.tasks.making import Parameters, Question, generated, parameters_of

SOURCE = "UCI Optical Recognition of Handwritten Digits (scikit-learn)"
LICENCE = "CC-BY-4.0"
SCANS = 1797
CANVAS = 64
"""Width and height of the image in points; ink is white on black."""

POOLS = ("train", "validation", "evaluation")
_POOL_WEIGHTS = (7, 1, 2)
_SCAN, _LARGEST, _GRID = 8, 4, 16

_ASKED = {
    "digit": "Which digit is this?",
    "number": "Which number is this?",
    "sum": "What is the sum of the digits?",
}


def pool_of_scan(index: int) -> str:
    """The pool of the scan `index`: which split its images go to."""
    remainder = index % 10
    return "evaluation" if remainder < 2 else "validation" if remainder == 2 else "train"


def generate(seed: int, count: int) -> Iterator[Example]:
    return generated("digits", seed, count, _draw, _answer, source=SOURCE, licence=LICENCE)


def solve(example: Example) -> str:
    return _answer(parameters_of(example))


def check(example: Example, answer: str) -> bool:
    return same_number(answer, solve(example))


def render(indices: list[int]) -> bytes:
    """A 64x64 grey PNG with the scans side by side.

    One or two scans are drawn four times as large as they are, up to four twice as large. Their
    corners lie on a grid of 16 points, which vision towers cut images by.
    """
    image = require("PIL.Image", "drawing digits")
    numpy = require("numpy", "drawing digits")
    scale = min(_LARGEST, CANVAS // _SCAN // len(indices))
    row = numpy.hstack([_scans()[index] for index in indices]) * 15.9375  # 0..16 to 0..255
    drawn = numpy.kron(row, numpy.ones((scale, scale))).round().astype("uint8")
    height, width = drawn.shape
    canvas = numpy.zeros((CANVAS, CANVAS), dtype="uint8")
    top, left = ((CANVAS - size) // 2 // _GRID * _GRID for size in (height, width))
    canvas[top : top + height, left : left + width] = drawn
    file = io.BytesIO()
    image.fromarray(canvas).save(file, format="PNG")
    return file.getvalue()


def _draw(rng: Random, level: int) -> Question:
    """One scan at level 1; two as a number at level 2; two added, or three read, at level 3."""
    asked, many = {1: ("digit", 1), 2: ("number", 2), 3: rng.choice((("sum", 2), ("number", 3)))}[
        level
    ]
    pool = rng.choices(POOLS, _POOL_WEIGHTS)[0]
    indices = rng.sample(_pool(pool), many)
    while asked == "number" and not _labels()[indices[0]]:  # a number does not begin with 0
        indices = rng.sample(_pool(pool), many)
    return Question(
        _ASKED[asked],
        {"indices": indices, "ask": asked, "pool": pool},
        image=render(indices),
    )


def _answer(parameters: Parameters) -> str:
    labels = [int(_labels()[index]) for index in parameters["indices"]]
    if parameters["ask"] == "sum":
        return str(sum(labels))
    return "".join(map(str, labels))


@lru_cache
def _pool(name: str) -> tuple[int, ...]:
    return tuple(index for index in range(SCANS) if pool_of_scan(index) == name)


def _scans() -> Any:
    return _data()[0]


def _labels() -> Any:
    return _data()[1]


@lru_cache
def _data() -> tuple[Any, Any]:
    """The scans [1797, 8, 8] with values 0 to 16, and their labels [1797]."""
    data = require("sklearn.datasets", "the handwritten digits").load_digits()
    return data.images, data.target
