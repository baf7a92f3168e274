"""The scans of handwritten digits and their pools."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from PIL import Image

from museline.errors import DataError, MissingExtraError
from museline.examples import SPLITS
from museline.tasks import FAMILIES, pool_of
from museline.tasks.digits import CANVAS, POOLS, SCANS, pool_of_scan, render
from museline.tasks.packaged import packaged_rows

EXAMPLES = list(FAMILIES["digits"].generate(11, 600))


def test_no_scan_is_in_two_pools() -> None:
    scans: dict[str, set[int]] = {pool: set() for pool in POOLS}
    for example in EXAMPLES:
        pool = pool_of(example)
        assert pool is not None
        scans[pool].update(json.loads(example.parameters)["indices"])
    assert all(scans.values())
    assert not scans["train"] & scans["validation"]
    assert not scans["train"] & scans["evaluation"]
    assert not scans["validation"] & scans["evaluation"]


def test_the_pools_are_splits_and_cover_all_scans() -> None:
    assert set(POOLS) <= set(SPLITS)
    sizes = {pool: sum(pool_of_scan(each) == pool for each in range(SCANS)) for pool in POOLS}
    assert sizes == {"train": 1257, "validation": 180, "evaluation": 360}


def test_an_image_is_a_grey_canvas_with_ink_inside() -> None:
    for indices in ([0], [1, 2], [3, 4, 5], [6, 7, 8, 9]):
        image = Image.open(io.BytesIO(render(indices)))
        assert (image.size, image.mode, image.format) == ((CANVAS, CANVAS), "L", "PNG")
        dark, bright = image.getextrema()
        assert dark == 0
        assert isinstance(bright, int)
        assert bright > 200


def test_the_picture_shows_the_scans_in_reading_order() -> None:
    both = Image.open(io.BytesIO(render([5, 9])))
    first, second = (Image.open(io.BytesIO(render([scan]))) for scan in (5, 9))
    inner = (16, 16, 48, 48)  # a single scan is drawn as large, in the middle
    assert both.crop((0, 16, 32, 48)).tobytes() == first.crop(inner).tobytes()
    assert both.crop((32, 16, 64, 48)).tobytes() == second.crop(inner).tobytes()


def test_sums_and_readings_differ() -> None:
    asked = {json.loads(example.parameters)["ask"] for example in EXAMPLES}
    assert asked == {"digit", "number", "sum"}
    numbers = [each.answer for each in EXAMPLES if "Which number" in each.prompt]
    assert all(answer[0] != "0" and len(answer) in (2, 3) for answer in numbers)


def test_the_scans_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    rows = packaged_rows("digits.csv.gz")
    data = load_digits()
    assert len(rows) == SCANS
    assert [list(row[:-1]) for row in rows] == data.data.tolist()
    assert [row[-1] for row in rows] == data.target.tolist()


def test_a_scikit_learn_without_the_table_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="has no such table") as caught:
        packaged_rows("letters.csv.gz")
    assert "pip install" in caught.value.mend
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="sklearn"):
        packaged_rows("no.csv")


def test_solving_loads_no_heavy_library() -> None:
    code = (
        "import sys\n"
        "from museline.tasks import FAMILIES\n"
        "for family in FAMILIES.values():\n"
        "    for example in family.generate(0, 3):\n"
        "        assert family.check(example, example.answer)\n"
        "print([name for name in ('sklearn', 'pandas', 'torch', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
