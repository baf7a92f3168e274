"""Makes the feature repository, and fills the prompts of table examples as of their time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from museline.cards import DatasetCard, Dropped
from museline.examples import EXAMPLES_FILE, Example, read_examples, write_examples
from museline.features import (
    FEATURE_REPO,
    RECORDS,
    placeholders,
    render_prompt,
    views_of,
    views_with,
)
from museline.progress import emit
from museline.storage import digest_file, link_file
from museline_components.featurize.config import Configuration
from museline_components.featurize.repository import (
    Moment,
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
    moment: Moment | None
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
    store = make_repository(out / FEATURE_REPO, records, config) if records else None
    views = views_of(store) if store else {}
    emit("progress", stage="featurize", step=1, steps=steps)
    examples = read_examples(data)
    needs = needs_of(examples, views, known_entities(records))
    values: dict[tuple[str, Moment], Values] = {}
    for view in views:
        moments = [need.moment for need in needs if need.view == view and need.moment]
        found = values_at(store, view, moments)
        values |= {(view, moment): each for moment, each in found.items()}
    emit("progress", stage="featurize", step=2, steps=steps)
    filled, dropped = fill(examples, needs, values)
    write_examples(out / EXAMPLES_FILE, filled)
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
    """What the table examples with placeholders need, each from the first view that has all of it,
    or the first of those that knows the entity."""
    needs = []
    for row, example in enumerate(examples):
        names = placeholders(example.prompt) if example.modality == "table" else ()
        if not names:
            continue
        entity, time = example.entity, example.event_time
        moment = (entity, time) if entity is not None and time is not None else None
        able = views_with(names, views)
        knowing = [view for view in able if entity in entities.get(view, ())]
        needs.append(Need(row, names, moment, next(iter(knowing or able), None)))
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
        known = values.get((need.view, need.moment), {}) if need.view and need.moment else {}
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
        changes=card.changes,
        feature_views=views,
        configuration=config.model_dump(mode="json"),
    )
