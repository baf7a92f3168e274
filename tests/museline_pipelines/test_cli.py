from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from museline.doctor import CheckResult
from museline.errors import DataError
from museline.progress import append
from museline_pipelines.checks import checks
from museline_pipelines.cli.pipeline import pipeline
from museline_pipelines.cli.run import run
from museline_pipelines.cli.runs import runs
from museline_pipelines.records import EVENTS_FILE, LOGS_FOLDER, RunRecord, StepRecord, save

RUN = "20261121-0405-data-engine-0001"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSELINE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def failed_run(home: Path) -> Path:
    folder = home / "runs" / RUN
    steps = (StepRecord(name="collect", stage="collect"), StepRecord(name="curate", stage="curate"))
    record = RunRecord(
        id=RUN,
        pipeline="data-engine",
        recipe="smoke",
        overrides=("collect.seed=1",),
        configuration={},
        steps=steps,
    )
    save(record, folder)
    append(folder / EVENTS_FILE, "attempt", number=1)
    append(folder / EVENTS_FILE, "cached", of="collect", run="earlier", folder="/a", seconds=1)
    append(folder / EVENTS_FILE, "entered", of="curate")
    append(folder / EVENTS_FILE, "failed", of="curate", what="row 3 is broken")
    append(folder / EVENTS_FILE, "ended", status="failed")
    (folder / LOGS_FOLDER).mkdir()
    (folder / LOGS_FOLDER / "curate.log").write_text("one\ntwo\nhalf a li")
    return folder


def test_a_home_without_runs_says_how_to_begin(home: Path) -> None:
    done = CliRunner().invoke(runs, ["list"])
    assert "muse run training" in done.output
    assert json.loads(CliRunner().invoke(runs, ["list", "--output", "json"]).output) == []


def test_runs_are_listed_and_shown(failed_run: Path) -> None:
    listed = json.loads(CliRunner().invoke(runs, ["list", "--output", "json"]).output)
    assert [(row["run"], row["status"], row["steps"]) for row in listed] == [(RUN, "failed", "1/2")]
    shown = CliRunner().invoke(runs, ["show"]).output
    assert "cached from run" in shown
    assert "curate failed: row 3 is broken" in shown
    assert "--set collect.seed=1" in shown
    assert f"muse run --resume {RUN}" in shown


def test_logs_are_whole_lines_of_all_steps_or_one(failed_run: Path) -> None:
    assert CliRunner().invoke(runs, ["logs", "last", "curate"]).output == "one\ntwo\n"
    everything = CliRunner().invoke(runs, ["logs", "last", "--follow"]).output
    assert everything.splitlines() == ["curate             one", "curate             two"]
    unknown = CliRunner().invoke(runs, ["logs", "last", "curat"])
    assert isinstance(unknown.exception, DataError)


def test_the_report_is_written_where_it_says(failed_run: Path) -> None:
    done = CliRunner().invoke(runs, ["report"])
    path = Path(done.output.strip())
    assert path.parent == failed_run
    assert "row 3 is broken" in path.read_text()


def test_pipelines_and_recipes_are_listed() -> None:
    listed = json.loads(CliRunner().invoke(pipeline, ["list", "--output", "json"]).output)
    assert {row["pipeline"] for row in listed} == {"data-engine", "training"}
    recipes = json.loads(CliRunner().invoke(pipeline, ["recipes", "--output", "json"]).output)
    assert "muse_replaces_llama4" in {row["recipe"] for row in recipes}


@pytest.mark.parametrize(
    "arguments", [[], ["training", "--resume", "last"], ["--resume", "last", "--set", "a=1"]]
)
def test_run_wants_a_pipeline_or_a_run_to_resume(home: Path, arguments: list[str]) -> None:
    assert CliRunner().invoke(run, arguments).exit_code == 2


def test_a_cluster_profile_is_not_run_here(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "museline.toml").write_text('[profile.staging]\ncontext = "kind"\n')
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(run, ["training", "--profile", "staging"])
    assert "muse pipeline compile" in str(done.exception)
    assert not (home / "runs").exists()


def test_the_doctor_sees_the_last_run(failed_run: Path) -> None:
    results: dict[str, CheckResult] = {check.name: check.run() for check in checks()}
    assert results["kfp"].fine
    assert not results["last run"].fine
    assert results["last run"].mend == f"muse run --resume {RUN}"
    assert not results["last run"].needed
