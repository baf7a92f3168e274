"""Starts and resumes runs: what `muse run` and `muse demo` call."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from museline import errors
from museline.config import Profile, load_profile
from museline.errors import ConfigurationError, MuselineError, StageError
from museline.extras import need
from museline.storage import Home, home_lock
from museline.storage.space import storage_errors
from museline_pipelines.catalogue import find_pipeline
from museline_pipelines.recipes import configure, parse_configuration
from museline_pipelines.records import (
    LOGS_FOLDER,
    RunRecord,
    StepRecord,
    find_run,
    load,
    new_id,
    save,
)
from museline_pipelines.runners.base import OnChange, Runner
from museline_pipelines.runners.embedded import PIPELINE_LOG, EmbeddedRunner


def start(
    home: Home,
    pipeline: str,
    recipe: str,
    on_change: OnChange,
    overrides: Iterable[str] = (),
    profile: str = "embedded",
) -> RunRecord:
    """Run `pipeline` by `recipe` to its end, whatever that is; see `raise_for` for failures.

    Raises ConfigurationError for unknown names and values, and MissingExtraError, before anything
    is written, and BusyError if another muse is running a pipeline in this home.
    """
    chosen = find_pipeline(pipeline)
    need(chosen.libraries, f"muse run {pipeline}")
    overrides = tuple(overrides)
    configuration = configure(chosen, recipe, overrides)
    runner = _runner(home, load_profile(profile))
    with storage_errors(home.root), home_lock(home, "runs"):
        record = RunRecord(
            id=new_id(pipeline),
            pipeline=pipeline,
            recipe=recipe,
            overrides=overrides,
            profile=profile,
            configuration=configuration.model_dump(mode="json"),
            steps=tuple(StepRecord(name=step.name, stage=step.stage) for step in chosen.steps),
        )
        folder = home.runs / record.id
        save(record, folder)
        return runner.run(record, folder, on_change)


def resume(home: Home, run: str, on_change: OnChange) -> RunRecord:
    """Go on with `run` (see records.find_run) under its id and configuration.

    Finished steps are taken from the store; a training step goes on from its checkpoint.
    """
    folder = find_run(home, run)
    with storage_errors(home.root), home_lock(home, "runs"):
        record = load(folder)
        parse_configuration(find_pipeline(record.pipeline), record.configuration)
        record = record.model_copy(
            update={"attempts": record.attempts + 1, "status": "running", "ended": None}
        )
        save(record, folder)
        return _runner(home, load_profile(record.profile)).run(record, folder, on_change)


def _runner(home: Home, profile: Profile) -> Runner:
    if profile.context is None:
        return EmbeddedRunner(home)
    raise ConfigurationError(
        f"the profile {profile.name} is a cluster, and `muse run` runs on this machine",
        value=profile.context,
        mend="muse pipeline compile NAME --recipe RECIPE, and submit the file to Kubeflow there",
    )


def resume_command(record: RunRecord) -> str:
    return f"muse run --resume {record.id}"


def raise_for(record: RunRecord, folder: Path) -> None:
    """Raise the error of a run that failed, with its log and the command that goes on.

    The exit code is that of the error in the step. Does nothing for other runs.
    """
    if record.status != "failed":
        return
    step = record.problem
    if step is None or step.problem is None:
        raise StageError(
            f"the run {record.id} failed outside its steps",
            mend=f"see {folder / LOGS_FOLDER / PIPELINE_LOG}, then {resume_command(record)}",
        )
    problem = step.problem
    log = folder / LOGS_FOLDER / f"{step.name}.log"
    go_on = f"{'then ' if problem.mend else ''}go on with: {resume_command(record)}"
    lines = [problem.mend, go_on, f"the log: {log}"]
    kind = getattr(errors, problem.kind, StageError)
    known = isinstance(kind, type) and issubclass(kind, MuselineError)
    error: MuselineError = (kind if known else StageError)(
        f"the step {step.name} failed: {problem.what}",
        value=problem.value,
        allowed=problem.allowed,
        mend="\n    ".join(line for line in lines if line),
    )
    raise error
