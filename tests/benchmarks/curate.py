"""Rows per second of curate: 12,000 rows as the reference release has, and 200,000."""

from __future__ import annotations

import dataclasses
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tables import print_measurements

from museline.cards import DatasetCard
from museline.compute import ray_session
from museline.examples import EXAMPLES_FILE, Example, write_examples
from museline.tasks import FAMILIES
from museline_components.curate.config import Configuration
from museline_components.curate.step import run

SIZES = (12_000, 200_000)
OWN_SHARE = 5
"""Every fifth example is a text of the user's own, without a solver."""
WORDS = (
    *("river", "market", "oven", "letter", "village", "winter", "glass", "copper", "engine"),
    *("garden", "window", "morning", "teacher", "sailor", "bridge", "island", "violin", "carpet"),
)


def main(arguments: list[str]) -> dict[str, object]:
    sizes = [int(each) for each in arguments] or list(SIZES)
    result: dict[str, object] = {}
    lines: list[tuple[str, object, str]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="museline-curate-") as folder:
            measured = _measure(Path(folder), size)
        result |= {f"{name}_{size}": value for name, value in measured.items()}
        bar = "below 20" if size <= 12_000 else ""
        lines += [
            (f"{size:,} rows, Ray's start included, s", measured["whole_s"], bar),
            ("  without Ray's start, s", measured["work_s"], ""),
            ("  rows per second without it", measured["rows_per_s"], ""),
            ("  dropped", measured["dropped"], ""),
        ]
    print_measurements("Curate on this machine's cores", lines)
    return result


def _measure(folder: Path, size: int) -> dict[str, float]:
    data, out = folder / "data", folder / "out"
    data.mkdir()
    write_examples(data / EXAMPLES_FILE, _examples(size))
    DatasetCard(
        stage="collect",
        sources=(),
        licences=(),
        examples=size,
        by_domain={},
        by_modality={},
        files={},
    ).write(data)
    begin = time.perf_counter()
    with ray_session():
        started = time.perf_counter()
        card = run(Configuration(), {"data": data}, out)
        end = time.perf_counter()
    dropped = sum(each.count for each in card.dropped)
    assert card.examples + dropped == size
    return {
        "whole_s": round(end - begin, 2),
        "work_s": round(end - started, 2),
        "rows_per_s": round(size / (end - started)),
        "dropped": dropped,
    }


def _examples(size: int) -> Iterator[Example]:
    """Generated tasks as arithmetic, dates and expressions, and texts of which some repeat."""
    rng = random.Random(5)
    names = ("arithmetic", "schedule", "expressions", "table_lookup")
    generated = [iter(FAMILIES[name].generate(7, size // len(names) + 1)) for name in names]
    last = "nothing before"
    for number in range(size):
        example = next(generated[number % len(names)])
        if number % OWN_SHARE == 0:
            text = " ".join(rng.choices(WORDS, k=rng.randint(8, 60)))
            if rng.random() < 0.05:
                text = last.upper()
            last = text
            if rng.random() < 0.02:
                text += f" write to a{number}@example.org"
            example = dataclasses.replace(
                example, family="user", domain="custom", prompt=text, parameters=json.dumps({})
            )
        yield dataclasses.replace(example, id=f"{example.id}-{number}")
