"""Makes the feature repository, and fills the prompts of table examples as of their time."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from museline.cards import DatasetCard, Dropped
from museline.examples import EXAMPLES_FILE, Example, read_table, to_table, write_table
from museline.features import FEATURE_REPO, RECORDS, placeholders, render_prompt, view_for, views_of
from museline.progress import emit
from museline.storage import digest_file, link_file
from museline_components.featurize.config import Configuration
from museline_components.featurize.repository import (
    Moment,
    by_view,
    known_entities,
    make_repository,
    values_at,
)

Values = Mapping[str, float | None]
NO_VIEW = "no view has all features that the prompt names"
NO_VALUES = "no features for its entity at its time"


@dataclass(frozen=True)
class Need:
    """A table example's row number, the features that its prompt names, and as of when."""

    row: int
    names: tuple[str, ...]
    moment: Moment
    view: str | None


def run(config: Configuration, inputs: Mapping[str, Path], out: Path) -> DatasetCard:
    """Fill the prompts of `inputs["data"]`; write examples, records and the repository to `out`.

    An example whose features are not known goes to the quarantine split, and is counted.
    """
    data = inputs["data"]
    card = DatasetCard.read(data)
    records = link_records(data, out)
    steps = 3
    emit("progress", stage="featurize", step=0, steps=steps, views=len(records))
    views: dict[str, tuple[str, ...]] = {}
    values: dict[tuple[str, Moment], Values] = {}
    table = read_table(data)
    examples = [Example(**row) for row in table.to_pylist()]
    if records:
        store = make_repository(out / FEATURE_REPO, records, config)
        views = views_of(store)
        emit("progress", stage="featurize", step=1, steps=steps)
    needs = needs_of(examples, views, known_entities(records))
    for view, moments in by_view([(need.view, need.moment) for need in needs]).items():
        found = values_at(store, view, moments)
        values |= {(view, moment): each for moment, each in found.items()}
    emit("progress", stage="featurize", step=2, steps=steps)
    filled, dropped = fill(examples, needs, values)
    write_table(out / EXAMPLES_FILE, to_table(filled))
    emit("progress", stage="featurize", step=steps, steps=steps)
    return _card(card, config, filled, dropped, tuple(views), out)


def link_records(data: Path, out: Path) -> dict[str, Path]:
    """The files of records, passed on into `out`; by view."""
    records = {}
    for path in sorted((data / RECORDS).glob("*.parquet")):
        records[path.stem] = out / RECORDS / path.name
        link_file(path, records[path.stem])
    return records


def needs_of(
    examples: Sequence[Example],
    views: Mapping[str, Sequence[str]],
    entities: Mapping[str, set[str]],
) -> list[Need]:
    """What the table examples with placeholders need."""
    needs = []
    for row, example in enumerate(examples):
        names = placeholders(example.prompt) if example.modality == "table" else ()
        if not names:
            continue
        entity = example.entity or ""
        time = example.event_time or datetime.datetime.min.replace(tzinfo=datetime.UTC)
        among = [view for view, known in entities.items() if entity in known]
        view = view_for(names, views, among)
        needs.append(Need(row, names, (entity, time), view))
    return needs


def fill(
    examples: Sequence[Example],
    needs: Sequence[Need],
    values: Mapping[tuple[str, Moment], Values],
) -> tuple[list[Example], tuple[Dropped, ...]]:
    """The examples with filled prompts; those that cannot be filled are quarantined and counted."""
    filled = list(examples)
    reasons: Counter[str] = Counter()
    for need in needs:
        example = filled[need.row]
        known = values.get((need.view, need.moment), {}) if need.view else {}
        if all(known.get(name) is not None for name in need.names):
            filled[need.row] = replace(example, prompt=render_prompt(example.prompt, known))
            continue
        if example.split != "quarantine":
            reasons[NO_VALUES if need.view else NO_VIEW] += 1
        filled[need.row] = replace(example, split="quarantine")
    return filled, tuple(
        Dropped(step="featurize", reason=reason, count=count)
        for reason, count in sorted(reasons.items())
    )


def _card(
    card: DatasetCard,
    config: Configuration,
    examples: Sequence[Example],
    dropped: tuple[Dropped, ...],
    views: tuple[str, ...],
    out: Path,
) -> DatasetCard:
    paths = [out / EXAMPLES_FILE, *sorted((out / RECORDS).glob("*.parquet"))]
    return DatasetCard(
        stage="featurize",
        parents=(card.reference(),),
        sources=card.sources,
        licences=card.licences,
        examples=len(examples),
        by_domain=dict(sorted(Counter(each.domain for each in examples).items())),
        by_modality=dict(sorted(Counter(each.modality for each in examples).items())),
        by_split=dict(sorted(Counter(each.split for each in examples if each.split).items())),
        files={path.relative_to(out).as_posix(): digest_file(path) for path in paths},
        dropped=(*card.dropped, *dropped),
        feature_views=views,
        configuration=config.model_dump(mode="json"),
    )
