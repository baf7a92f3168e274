"""What other tools' published rules would have served on the same stream.

The rules are replayed on the rates that were observed while the candidate had traffic, extended
beyond the stream's end: what was judged too late here would have gone on as it was.

**Flagger**, as its defaults and its tutorials have it (docs.flagger.app: metrics analysis; source
at 1.44.0): `interval: 60s`, `threshold: 1`, builtin metric `request-success-rate` at least 99 %
over the interval. The first check that fails counts one failed check; the check after it finds the
count at the threshold and rolls back: two intervals.

**Argo Rollouts**, as its documentation's background analysis has it (argo-rollouts.readthedocs.io:
analysis; source at 9f8d111): `interval: 5m`, `successCondition: result[0] >= 0.95`,
`failureLimit: 3`. The code aborts when failures exceed the limit, so that it needs four: measured
at 0, 5, 10 and 15 minutes. That the first one would already see failures is the case best for Argo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Observed:
    """One second of the stream."""

    candidate: int
    candidate_errors: int
    incumbent: int
    incumbent_errors: int


@dataclass(frozen=True)
class Rule:
    """Fails below `success` of the candidate's requests; rolls back `seconds` after its first."""

    name: str
    success: float
    seconds: float


FLAGGER = Rule("flagger", success=0.99, seconds=120.0)
ARGO = Rule("argo", success=0.95, seconds=900.0)


def extra_errors(stream: Sequence[Observed]) -> float:
    """The candidate's errors less what the incumbent's share would have given on its requests."""
    candidate = sum(each.candidate for each in stream)
    incumbent = sum(each.incumbent for each in stream)
    share = sum(each.incumbent_errors for each in stream) / incumbent if incumbent else 0.0
    return sum(each.candidate_errors for each in stream) - candidate * share


def replay(stream: Sequence[Observed], rule: Rule) -> float | None:
    """The extra errors until `rule` would have rolled back; None if it never would.

    Counted over the seconds in which the candidate had traffic: those of the stream as they were,
    then the mean of them for as long as the rule still needs.
    """
    active = active_seconds(stream)
    requests = sum(each.candidate for each in active)
    errors = sum(each.candidate_errors for each in active)
    if not requests or 1 - errors / requests >= rule.success:
        return None
    whole = extra_errors(active)
    if rule.seconds <= len(active):
        return extra_errors(active[: int(rule.seconds)])
    return whole * rule.seconds / len(active)


def active_seconds(stream: Sequence[Observed]) -> Sequence[Observed]:
    """From the first to the last second in which the candidate had a request."""
    with_traffic = [index for index, each in enumerate(stream) if each.candidate]
    return stream[with_traffic[0] : with_traffic[-1] + 1] if with_traffic else ()


def compare(stream: Sequence[Observed]) -> dict[str, float]:
    """`sabotage_extra_errors` as it was, and `flagger_extra_errors` and `argo_extra_errors` where
    their rules would ever have rolled back."""
    found = {"sabotage_extra_errors": extra_errors(stream)}
    for rule in (FLAGGER, ARGO):
        value = replay(stream, rule)
        if value is not None:
            found[f"{rule.name}_extra_errors"] = value
    return {name: round(value, 1) for name, value in found.items()}
