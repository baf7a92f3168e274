"""What one interval of time says: bad requests among all requests, of both sides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests and bad requests of the candidate and the incumbent between two scrapes."""

    candidate: float = 0.0
    candidate_bad: float = 0.0
    incumbent: float = 0.0
    incumbent_bad: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.candidate + other.candidate,
            self.candidate_bad + other.candidate_bad,
            self.incumbent + other.incumbent,
            self.incumbent_bad + other.incumbent_bad,
        )
