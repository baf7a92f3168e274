"""What `muse doctor` looks at for pipelines. Nothing heavy is imported: only looked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from museline.doctor import Check, CheckResult
from museline.errors import DataError
from museline.storage import Home

KFP_VERSION = "2.17.0"
"""Earlier ones run control flow wrongly on one machine; later ones have not been tried."""
LIBRARIES = ("great_expectations", "feast", "ray", "mlflow", "matplotlib", "jinja2")


def checks() -> Sequence[Check]:
    return (
        Check("pipelines", _libraries),
        Check("kfp", _kfp),
        Check("last run", _last_run),
    )


def _libraries() -> CheckResult:
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        return CheckResult(
            False,
            f"not installed: {', '.join(missing)}",
            mend="pip install 'museline[pipelines]'",
            needed=False,
        )
    return CheckResult(True, "the libraries of the data stages are installed")


def _kfp() -> CheckResult:
    mend = "pip install 'museline[pipelines]'"
    try:
        found = version("kfp")
    except PackageNotFoundError:
        return CheckResult(False, "not installed", mend=mend, needed=False)
    return CheckResult(
        found == KFP_VERSION, f"kfp {found}, {KFP_VERSION} wanted", mend=mend, needed=False
    )


def _last_run() -> CheckResult:
    from museline_pipelines.records import find_run, load
    from museline_pipelines.running import resume_command

    try:
        record = load(find_run(Home.find(), "last"))
    except DataError:
        return CheckResult(True, "no runs yet", needed=False)
    fine = record.status in ("succeeded", "running")
    return CheckResult(
        fine, f"{record.id}: {record.status}", mend=resume_command(record), needed=False
    )
