"""What a check is, and the checks of the core. Other packages bring theirs by the entry point group
`museline.checks`: a function without arguments that returns a sequence of checks."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points

from museline.errors import MissingExtraError
from museline.extras import EXTRA_OF, missing_extra
from museline.storage.home import Home


@dataclass(frozen=True)
class CheckResult:
    """`detail` says what was found; `mend` is the command that mends it where it is not fine."""

    fine: bool
    detail: str
    mend: str = ""
    needed: bool = True
    """False where Museline works without it, only not everything."""


@dataclass(frozen=True)
class Check:
    name: str
    run: Callable[[], CheckResult]


def _python() -> CheckResult:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return CheckResult(
        sys.version_info[:2] == (3, 11), f"Python {version}", mend="install Python 3.11"
    )


def _home() -> CheckResult:
    home = Home.find()
    existing = next(each for each in (home.root, *home.root.parents) if each.exists())
    return CheckResult(
        os.access(existing, os.W_OK),
        f"{home.root} ({'writable' if os.access(existing, os.W_OK) else 'not writable'})",
        mend="MUSELINE_HOME=A_FOLDER_OF_YOURS muse ...",
    )


def _disk() -> CheckResult:
    home = Home.find()
    existing = next(each for each in (home.root, *home.root.parents) if each.exists())
    free = shutil.disk_usage(existing).free / 1e9
    return CheckResult(free > 2, f"{free:.1f} GB free, 2 GB needed", mend="free some space")


def core_checks() -> Sequence[Check]:
    return (Check("python", _python), Check("home", _home), Check("disk", _disk))


def find_checks() -> list[Check]:
    """The core's checks, then those of the installed packages in the order of their names.

    Checks that need a library of an extra that is not installed are one check, which says so.
    """
    checks = list(core_checks())
    for entry in sorted(entry_points(group="museline.checks"), key=lambda each: each.name):
        try:
            checks.extend(entry.load()())
        except ModuleNotFoundError as error:
            library = (error.name or "").split(".", maxsplit=1)[0]
            if library not in EXTRA_OF:
                raise
            checks.append(_missing(entry.name, missing_extra(library, f"the part {entry.name}")))
        except MissingExtraError as error:
            checks.append(_missing(entry.name, error))
    return checks


def _missing(name: str, error: MissingExtraError) -> Check:
    return Check(name, lambda: CheckResult(False, error.what, mend=error.mend, needed=False))
