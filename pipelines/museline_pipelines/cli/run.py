"""`muse run`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from museline.cli.output import output_option
from museline.errors import MuselineError
from museline_pipelines.display import describe_seconds
from museline_pipelines.records import RunRecord

INTERRUPTED = 130


@click.command()
@click.argument("pipeline", required=False)
@click.option("--recipe", "-r", default="muse_replaces_llama4", help="The configuration by name.")
@click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="As train.optimizer.lr=0.02."
)
@click.option("--resume", metavar="RUN", help='Go on with a run that failed or stopped; or "last".')
@click.option("--profile", default="embedded", help="A profile of museline.toml.")
@output_option
def run(
    pipeline: str | None,
    recipe: str,
    overrides: tuple[str, ...],
    resume: str | None,
    profile: str,
    output: str,
) -> None:
    """Run PIPELINE (training or data-engine) by a recipe, and watch it.

    Unchanged steps are taken from the store. Ctrl-C stops the run; --resume goes on with it.
    """
    from museline.storage import Home
    from museline_pipelines import running
    from museline_pipelines.display import open_display

    if resume and (pipeline or overrides):
        raise click.UsageError("--resume goes on with a run's own pipeline and configuration")
    if not resume and not pipeline:
        raise click.UsageError("which PIPELINE? training or data-engine, or --resume RUN")
    home = Home.find()
    with open_display(quiet=output == "json") as display:
        if resume:
            record = running.resume(home, resume, display)
        else:
            record = running.start(home, pipeline or "", recipe, display, overrides, profile)
    finish(record, home.runs / record.id, output)


def finish(record: RunRecord, folder: Path, output: str) -> None:
    """The report, the closing words, and the exit code of a run that has ended."""
    report = report_of(folder)
    if output == "json":
        click.echo(json.dumps({**summarise(record), "report": str(report) if report else None}))
    stop_unless_succeeded(record, folder)
    if output != "json":
        click.echo(f"{record.id}: {record.status} in {describe_seconds(record.seconds or 0)}")
        click.echo(f"report: {report or 'none'}")


def report_of(folder: Path) -> Path | None:
    """Write the report; a run is what it is even where that fails, which is then said."""
    from museline_pipelines.report import write_report

    try:
        return write_report(folder)
    except (MuselineError, OSError) as error:
        reason = str(error).splitlines()[0]
        click.secho(f"the report could not be written: {reason}", fg="yellow", err=True)
        return None


def stop_unless_succeeded(record: RunRecord, folder: Path) -> None:
    """End the command where a run was stopped or has failed, with how to go on."""
    from museline_pipelines.running import raise_for, resume_command

    if record.status == "interrupted":
        click.secho(f"stopped; go on with: {resume_command(record)}", fg="yellow", err=True)
        sys.exit(INTERRUPTED)
    raise_for(record, folder)


def summarise(record: RunRecord) -> dict[str, Any]:
    """The run as one flat object for programs."""
    return {
        "run": record.id,
        "pipeline": record.pipeline,
        "recipe": record.recipe,
        "status": record.status,
        "attempts": record.attempts,
        "seconds": record.seconds,
        "steps": [
            {
                "step": step.name,
                "status": step.status,
                "seconds": step.seconds,
                "folder": step.folder,
                "cached_from": step.cached_from,
                "problem": step.problem.model_dump() if step.problem else None,
            }
            for step in record.steps
        ],
    }
