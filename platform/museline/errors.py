"""The errors that people see.

MuselineError               anything that a person can mend; the CLI prints it without a traceback
├── ConfigurationError      an unknown name, a wrong type, a value that is not allowed
├── DataError               a broken line, a missing column, an empty set, a failed expectation
├── IntegrityError          a digest or a signature that does not match
├── MissingExtraError       a library of an extra that is not installed
├── BusyError               a port, a home or a lock that somebody else holds
├── StorageError            a full or read-only disk
└── StageError              a stage that failed; names the stage, the run and how to resume
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MuselineError(Exception):
    """Says what is wrong, with which value, what is allowed, and the command that mends it.

    `what` is a sentence without a full stop; the other parts are left out when they are empty.
    """

    exit_code = 1

    def __init__(
        self, what: str, *, value: object = None, allowed: str = "", mend: str = ""
    ) -> None:
        self.what, self.value, self.allowed, self.mend = what, value, allowed, mend
        super().__init__(what, value, allowed, mend)

    def __str__(self) -> str:
        parts = [self.what]
        if self.value is not None:
            parts.append(f"got: {self.value}")
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.mend:
            parts.append(f"to mend it: {self.mend}")
        return "\n  ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.value, self.allowed, self.mend))


def _rebuild(
    kind: type[MuselineError], what: str, value: object, allowed: str, mend: str
) -> MuselineError:
    return kind(what, value=value, allowed=allowed, mend=mend)


class ConfigurationError(MuselineError):
    exit_code = 2


class DataError(MuselineError):
    exit_code = 3


class IntegrityError(MuselineError):
    exit_code = 4


class MissingExtraError(MuselineError):
    exit_code = 5


class BusyError(MuselineError):
    exit_code = 6


class StageError(MuselineError):
    exit_code = 7


class StorageError(MuselineError):
    exit_code = 8


def near(name: str, known: Iterable[str]) -> str:
    """The known names most like `name`, else all of them: for the `allowed` part of an error."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return "did you mean " + ", ".join(close) + f"? (one of {', '.join(names)})"
    return "one of " + ", ".join(names)
