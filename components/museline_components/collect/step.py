"""The work of collect: every source in turn, streamed into one Parquet file."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from museline.cards import DatasetCard, Dropped
from museline.errors import ConfigurationError, DataError
from museline.examples import EXAMPLES_FILE, Example, write_examples
from museline.progress import emit
from museline.storage import digest_file
from museline.tasks import FAMILIES
from museline_components.collect import clinical
from museline_components.collect.config import Configuration
from museline_components.collect.user_files import Rejected, read_user_file
from museline_components.collect.wear import worn

STAGE = "collect"
REJECTED_FILE = "rejected.jsonl"
REPEATED = "repeats an example word for word"


@dataclass
class _Tally:
    """What went by: counts for the card, and the ids seen."""

    ids: set[str] = field(default_factory=set)
    sources: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    modalities: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def passing(self, examples: Iterator[Example]) -> Iterator[Example]:
        """The examples whose id is new."""
        for example in examples:
            if example.id in self.ids:
                self.dropped[REPEATED] += 1
                continue
            self.ids.add(example.id)
            self.sources[example.source] += 1
            self.licences[example.licence] += 1
            self.domains[example.domain] += 1
            self.modalities[example.modality] += 1
            yield example


def run(config: Configuration, inputs: Mapping[str, Path], out: Path) -> DatasetCard:
    """Fill `out` with examples.parquet, records/ and, where lines were put aside, rejected.jsonl.

    Raises DataError for a user's file that cannot be used, ConfigurationError if nothing was
    asked for.
    """
    assert not inputs, "collect is the first stage"
    tally = _Tally()
    rejected = out / REJECTED_FILE
    rejected.unlink(missing_ok=True)
    people = {
        name: clinical.patients(table, config)
        for name, table in clinical.TABLES.items()
        if config.scaled(name)
    }
    with tempfile.TemporaryDirectory(prefix="museline-collect-") as scratch:
        examples = _examples(config, people, tally, rejected, Path(scratch))
        write_examples(out / EXAMPLES_FILE, tally.passing(examples))
    if not tally.ids:
        raise ConfigurationError(
            "there is nothing to collect: all counts are 0 and no files are named",
            mend="set collect.counts or collect.user_files",
        )
    files = [EXAMPLES_FILE]
    for name, (names, patients) in people.items():
        files.append(f"{clinical.RECORDS}/{name}.parquet")
        clinical.write_records(out / files[-1], names, patients)
    if rejected.exists():
        files.append(REJECTED_FILE)
    return DatasetCard(
        stage=STAGE,
        sources=tuple(sorted(tally.sources)),
        licences=tuple(sorted(tally.licences)),
        examples=len(tally.ids),
        by_domain=dict(sorted(tally.domains.items())),
        by_modality=dict(sorted(tally.modalities.items())),
        files={name: digest_file(out / name) for name in files},
        dropped=tuple(
            Dropped(step=STAGE, reason=reason, count=count)
            for reason, count in sorted(tally.dropped.items())
        ),
        feature_views=tuple(sorted(people)),
        configuration=config.model_dump(mode="json"),
    )


def _examples(
    config: Configuration,
    people: Mapping[str, tuple[list[str], list[clinical.Patient]]],
    tally: _Tally,
    rejected: Path,
    scratch: Path,
) -> Iterator[Example]:
    """The user's files first, since they may be wrong, then families and clinical tables."""
    families = [family for family in FAMILIES.values() if config.scaled(family.name)]
    reject = _rejecting(config, tally, rejected)
    sources: list[tuple[str, Iterator[Example]]] = [
        *(
            (uri, read_user_file(uri, config.labels, reject, scratch / str(number)))
            for number, uri in enumerate(config.user_files)
        ),
        *(
            (
                each.name,
                worn(
                    each.generate(config.seed, config.scaled(each.name), config.level_weights),
                    config,
                    each.name,
                ),
            )
            for each in families
        ),
        *(
            (name, clinical.examples(clinical.TABLES[name], patients))
            for name, (_, patients) in people.items()
        ),
    ]
    for step, (name, examples) in enumerate(sources, start=1):
        yield from examples
        emit(
            "progress",
            stage=STAGE,
            source=name,
            step=step,
            steps=len(sources),
            examples=len(tally.ids),
        )


def _rejecting(config: Configuration, tally: _Tally, path: Path) -> Callable[[Rejected], None]:
    """What happens to lines that cannot be used: the first one stops, or they go to `path`."""

    def stop(rejected: Rejected) -> None:
        raise DataError(
            f"line {rejected.line} of {rejected.file}: {rejected.reason}",
            value=rejected.text[:200],
            allowed=rejected.expected,
            mend="correct the line, or put such lines aside: --set collect.on_bad_line=quarantine",
        )

    def put_aside(rejected: Rejected) -> None:
        tally.dropped[rejected.reason.partition(":")[0]] += 1
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(rejected)) + "\n")

    return stop if config.on_bad_line == "stop" else put_aside
