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

from museline.examples.example import Example
from museline.extras import require
from museline.tasks.answers import same_number
from museline.tasks.families import LEVEL_WEIGHTS, LevelWeights
from museline.tasks.making import Parameters, Question, generated, parameters_of
from museline.tasks.packaged import packaged_rows

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


def generate(
    seed: int, count: int, level_weights: LevelWeights = LEVEL_WEIGHTS
) -> Iterator[Example]:
    return generated(
        "digits",
        seed,
        count,
        _draw,
        _answer,
        level_weights=level_weights,
        source=SOURCE,
        licence=LICENCE,
    )


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
    canvas = image.new("L", (CANVAS, CANVAS))
    size = _SCAN * min(_LARGEST, CANVAS // _SCAN // len(indices))
    top, left = ((CANVAS - each) // 2 // _GRID * _GRID for each in (size, size * len(indices)))
    for index in indices:
        scan = image.frombytes("L", (_SCAN, _SCAN), _ink(index))
        canvas.paste(scan.resize((size, size), image.Resampling.NEAREST), (left, top))
        left += size
    file = io.BytesIO()
    canvas.save(file, format="PNG")
    return file.getvalue()


def _draw(rng: Random, level: int) -> Question:
    """One scan at level 1; two as a number at level 2; two added, or three read, at level 3."""
    asked, many = {1: ("digit", 1), 2: ("number", 2), 3: rng.choice((("sum", 2), ("number", 3)))}[
        level
    ]
    pool = rng.choices(POOLS, _POOL_WEIGHTS)[0]
    indices = rng.sample(_pool(pool), many)
    while asked == "number" and _label(indices[0]) == 0:  # a number does not begin with 0
        indices = rng.sample(_pool(pool), many)
    return Question(
        _ASKED[asked],
        {"indices": indices, "ask": asked, "pool": pool},
        image=render(indices),
    )


def _answer(parameters: Parameters) -> str:
    labels = [_label(index) for index in parameters["indices"]]
    if parameters["ask"] == "sum":
        return str(sum(labels))
    return "".join(map(str, labels))


@lru_cache
def _pool(name: str) -> tuple[int, ...]:
    return tuple(index for index in range(SCANS) if pool_of_scan(index) == name)


def _scan(index: int) -> tuple[float, ...]:
    """The 64 points (0 to 16, row by row) and the label of the scan `index`."""
    return packaged_rows("digits.csv.gz")[index]


def _ink(index: int) -> bytes:
    """The points as grey levels, 0 to 255."""
    return bytes(round(point * 255 / 16) for point in _scan(index)[:-1])


def _label(index: int) -> int:
    return int(_scan(index)[-1])
