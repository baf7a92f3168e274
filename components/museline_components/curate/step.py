"""The work of curate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from museline.cards import Card, Change, DatasetCard, Dropped
from museline.compute import ray_session
from museline.errors import DataError
from museline.examples import EXAMPLES_FILE, check_file
from museline.extras import require
from museline.progress import emit
from museline.storage import digest_file, link_file
from museline_components.curate.config import Configuration

if TYPE_CHECKING:
    from museline_components.curate.pipeline import Totals

RECORDS = "records"


def run(config: Configuration, inputs: Mapping[str, Path], out: Path) -> Card:
    """Curate the examples in `inputs["data"]` into `out`, and link its records there.

    Raises DataError for a missing column, an empty set, and a set of which nothing is left to
    train on.
    """
    data = inputs["data"]
    rows = check_file(data)
    if rows == 0:
        raise DataError(
            "there is not one example to curate",
            value=data / EXAMPLES_FILE,
            mend="look at what collect wrote: muse runs show RUN",
        )
    for library in ("ray", "ftfy", "datasketch", "phonenumbers", "stdnum"):
        require(library, "curate")
    with ray_session(config.cpus):
        from museline_components.curate.pipeline import curate

        totals = curate(data / EXAMPLES_FILE, out / EXAMPLES_FILE, config)
    records = _link_records(data, out)
    splits = totals.values.get("split", Counter())
    if not splits.get("train"):
        raise DataError(
            f"of {rows} examples none is left to train on",
            value=_summary(totals),
            mend="look at the reasons, then at the data or at curate's configuration",
        )
    if not splits.get("evaluation"):
        emit("note", stage="curate", text="no example was routed to evaluation: the set is small")
    parent = DatasetCard.read(data)
    return DatasetCard(
        stage="curate",
        parents=(parent.reference(),),
        sources=tuple(sorted(totals.values["source"])),
        licences=tuple(sorted(totals.values["licence"])),
        examples=totals.kept,
        by_domain=_sorted(totals.values["domain"]),
        by_modality=_sorted(totals.values["modality"]),
        by_split=_sorted(splits),
        files={name: digest_file(out / name) for name in (EXAMPLES_FILE, *records)},
        dropped=tuple(
            Dropped(step=step, reason=reason, count=count)
            for (step, reason), count in sorted(totals.dropped.items())
        ),
        changes=tuple(
            Change(step=step, change=change, count=count)
            for (step, change), count in sorted(totals.changes.items())
        ),
        feature_views=parent.feature_views,
        configuration=config.model_dump(mode="json"),
    )


def _link_records(data: Path, out: Path) -> list[str]:
    names = [f"{RECORDS}/{each.name}" for each in sorted((data / RECORDS).glob("*.parquet"))]
    for name in names:
        link_file(data / name, out / name)
    return names


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _summary(totals: Totals) -> str:
    reasons = [
        f"{count} {step}: {reason}" for (step, reason), count in totals.dropped.most_common()
    ]
    splits = [
        f"{count} in {split}"
        for split, count in _sorted(totals.values.get("split", Counter())).items()
    ]
    return "; ".join(reasons + splits) or "nothing"
