"""Which cases are asked, and into which suites they fall."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from museline.errors import DataError
from museline.examples import Example

PLACEHOLDER = re.compile(r"\{\w+\}")
MIXED = "all"


@dataclass(frozen=True)
class Suite:
    """A named group of cases: `members` are indices into the chosen cases."""

    name: str
    domain: str
    modality: str
    members: tuple[int, ...]


def choose_cases(examples: Iterable[Example], limit: int, seed: int) -> list[Example]:
    """At most `limit` examples of the evaluation split, as evenly from each family as they last.

    Which ones is decided by a digest of seed and id, so it does not depend on their order, and a
    larger limit only adds cases. Raises DataError if the split is empty or a table prompt still
    has a placeholder.
    """
    by_family: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.split == "evaluation":
            by_family[example.family].append(example)
    if not by_family:
        raise DataError(
            "the data has no examples in the evaluation split",
            mend="give curate a larger evaluation share, or collect more examples",
        )
    for members in by_family.values():
        members.sort(key=lambda each: _rank(each, seed))
    quotas = share_out(limit, {name: len(members) for name, members in by_family.items()})
    chosen = [each for name in sorted(by_family) for each in by_family[name][: quotas[name]]]
    _check_filled(chosen)
    return chosen


def share_out(limit: int, available: dict[str, int]) -> dict[str, int]:
    """How many of each: equal parts, and what a small one cannot use goes to the others.

    The parts sum to `limit`, or to all that is available where that is less.
    """
    quotas: dict[str, int] = {}
    left = limit
    smallest_first = sorted(available, key=lambda name: (available[name], name))
    for done, name in enumerate(smallest_first):
        quotas[name] = min(available[name], left // (len(smallest_first) - done))
        left -= quotas[name]
    return quotas


def suites(cases: Sequence[Example]) -> list[Suite]:
    """ "all", then one suite per domain, per modality and per task family."""
    found = [_suite("all", cases, range(len(cases)))]
    for kind in ("domain", "modality", "family"):
        for value in sorted({str(getattr(case, kind)) for case in cases}):
            members = [i for i, case in enumerate(cases) if getattr(case, kind) == value]
            found.append(_suite(f"{kind}/{value}", cases, members))
    return found


def _suite(name: str, cases: Sequence[Example], members: Iterable[int]) -> Suite:
    inside = tuple(members)
    domains = {cases[i].domain for i in inside}
    modalities = {cases[i].modality for i in inside}
    return Suite(
        name=name,
        domain=domains.pop() if len(domains) == 1 else MIXED,
        modality=modalities.pop() if len(modalities) == 1 else MIXED,
        members=inside,
    )


def _rank(example: Example, seed: int) -> str:
    return hashlib.sha256(f"{seed}\0{example.id}".encode()).hexdigest()


def _check_filled(cases: Iterable[Example]) -> None:
    for case in cases:
        if case.modality == "table" and (found := PLACEHOLDER.search(case.prompt)):
            raise DataError(
                f"the prompt of example {case.id} still has the placeholder {found[0]}",
                value=case.prompt,
                mend="give evaluate the data that featurize wrote",
            )
