"""`muse runs`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from museline.cli.output import output_option, print_json, print_rows

FOLLOW_SECONDS = 0.2


@click.group()
def runs() -> None:
    """The runs of this home. RUN is an id, its unique beginning or end, or "last"."""


@runs.command("list")
@output_option
def list_runs(output: str) -> None:
    """All runs, the latest last."""
    from museline.storage import Home
    from museline_pipelines.display import describe_seconds
    from museline_pipelines.records import list_ids, load

    home = Home.find()
    records = [load(home.runs / each) for each in list_ids(home)]
    rows = [
        (
            record.id,
            record.recipe,
            record.status,
            f"{sum(step.done for step in record.steps)}/{len(record.steps)}",
            None if record.seconds is None else describe_seconds(record.seconds),
        )
        for record in records
    ]
    if not rows and output != "json":
        click.echo(f"no runs in {home.root}; start one: muse run training --recipe smoke")
        return
    print_rows(output, ("run", "recipe", "status", "steps", "time"), rows)


@runs.command()
@click.argument("run", default="last")
@output_option
def show(run: str, output: str) -> None:
    """The steps of RUN with their times and folders."""
    from museline.storage import Home
    from museline_pipelines.display import describe_cache, describe_seconds
    from museline_pipelines.records import find_run, load
    from museline_pipelines.running import resume_command

    record = load(find_run(Home.find(), run))
    if output == "json":
        print_json(record.model_dump(mode="json"))
        return
    click.echo(f"{record.id}: {record.pipeline} by recipe {record.recipe}, {record.status}")
    for override in record.overrides:
        click.echo(f"  --set {override}")
    rows = [
        (
            step.name,
            step.status,
            None if step.seconds is None else describe_seconds(step.seconds),
            describe_cache(record, step) if step.status == "cached" else step.note,
            step.folder,
        )
        for step in record.steps
    ]
    print_rows(output, ("step", "status", "time", "", "folder"), rows)
    if failed := record.problem:
        assert failed.problem is not None
        click.secho(f"{failed.name} failed: {failed.problem.what}", fg="red")
    if record.status in ("failed", "interrupted"):
        click.echo(f"go on with: {resume_command(record)}")


@runs.command()
@click.argument("run", default="last")
@click.argument("step", required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on until the run ends.")
def logs(run: str, step: str | None, follow: bool) -> None:
    """What the steps of RUN (or one STEP) have printed."""
    from museline.storage import Home
    from museline_pipelines.records import LOGS_FOLDER, find_run, is_alive, load

    folder = find_run(Home.find(), run)
    record = load(folder)
    names = [record.step(step).name] if step else [each.name for each in record.steps]
    files = {name: folder / LOGS_FOLDER / f"{name}.log" for name in names}
    offsets = dict.fromkeys(names, 0)
    while True:
        alive = follow and is_alive(folder)
        for name, path in files.items():
            offsets[name] = _print_from(path, offsets[name], "" if step else f"{name:<18} ")
        if not alive:
            return
        time.sleep(FOLLOW_SECONDS)


def _print_from(path: Path, offset: int, prefix: str) -> int:
    """Print the whole lines after `offset`; returns where they end."""
    if not path.exists():
        return offset
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read()
    end = data.rfind(b"\n") + 1
    for line in data[:end].decode(errors="replace").splitlines():
        click.echo(prefix + line)
    sys.stdout.flush()
    return offset + end


@runs.command()
@click.argument("run", default="last")
@click.option("--open", "show_it", is_flag=True, help="In the browser.")
def report(run: str, show_it: bool) -> None:
    """Write the report of RUN again, and say where it is."""
    from museline.storage import Home
    from museline_pipelines.records import find_run
    from museline_pipelines.report import write_report

    path = write_report(find_run(Home.find(), run))
    click.echo(str(path))
    if show_it:
        click.launch(path.as_uri())
