from __future__ import annotations

import io
from pathlib import Path

import pytest

from museline.cards import DatasetCard
from museline.examples import Example, example_id, write_examples


def _png(value: int) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("L", (64, 64), 25 * value).save(file, "PNG")
    return file.getvalue()


def _example(number: int) -> Example:
    first, second = number % 10, number // 10 % 10
    split = ("evaluation", "validation")[number % 2] if number % 10 == 7 else "train"
    image = _png(first) if number % 5 == 0 else None
    prompt = "Which grey?" if image else f"What is {first} plus {second}?" + " Think." * (first % 3)
    answer = str(first if image else first + second)
    return Example(
        id=example_id("sums", f"{number} {prompt}", answer, image),
        domain="vision" if image else "mathematics",
        family="user",
        modality="image" if image else "text",
        source="sums",
        licence="CC0-1.0",
        prompt=prompt,
        answer=answer,
        image=image,
        difficulty=(first + second) / 18,
        split=split,
    )


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    return [_example(number) for number in range(200)]


@pytest.fixture(scope="session")
def data(examples: list[Example], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished folder of a data stage: sums of digits, and grey squares to be named."""
    folder = tmp_path_factory.mktemp("data")
    write_examples(folder / "examples.parquet", examples)
    DatasetCard(
        stage="curate",
        sources=("sums",),
        licences=("CC0-1.0",),
        examples=len(examples),
        by_domain={},
        by_modality={},
        files={},
    ).write(folder)
    return folder
