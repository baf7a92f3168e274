"""`muse release`: replace one model by another, surface by surface."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from museline.cli.output import output_option, print_json, print_rows

if TYPE_CHECKING:
    from museline.storage import Home
    from museline_serving.rollout.words import Verb


@click.group()
def release() -> None:
    """Replace one model by another, surface by surface.

    Each step needs a statistical proof that the candidate is not worse; harm rolls it back.
    """


@release.command()
@click.option("--incumbent", help="Alias, name or version of the model in use; default champion.")
@click.option("--candidate", help="Alias, name or version of the new one; default candidate.")
@click.option("--plan", default="demonstration", help="A plan's name, or a YAML or JSON file.")
@click.option("--surface", "surfaces", multiple=True, help="Only this surface; may be repeated.")
@click.option("--examples", type=click.Path(path_type=Path), help="Cases that the users ask.")
@click.option("--sabotage", help="Break the candidate on purpose: errors.")
@click.option("--rate", type=click.FloatRange(0.1), default=36.0, help="Requests per second.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The gateway's; 0: free.")
@click.option("--resume", "resumed", metavar="NAME", help="Go on with a release that was stopped.")
@click.option("--detach", is_flag=True, help="Start it in the background.")
@output_option
def start(
    incumbent: str | None,
    candidate: str | None,
    plan: str,
    surfaces: tuple[str, ...],
    examples: Path | None,
    sabotage: str | None,
    rate: float,
    port: int,
    resumed: str | None,
    detach: bool,
    output: str,
) -> None:
    """Start a release, or go on with one, and watch it.

    Ends with status 0 when the candidate was promoted, and 8 when it was not.
    """
    import sys

    from museline.storage import Home
    from museline_serving.cli.release_view import Viewer, terminate_as_interrupt
    from museline_serving.release import resume_release, run_release

    home = Home.find()
    if detach:
        _detach(home, sys.argv[1:])
        return
    terminate_as_interrupt()
    with Viewer(home, output) as viewer:
        if resumed:
            record = resume_release(home, resumed, viewer)
        else:
            chosen = _plan(plan, surfaces, incumbent, candidate)
            cases = examples or _newest_examples(home)
            record = run_release(home, chosen, cases, sabotage, viewer, rate=rate, port=port)
    viewer.end(record)
    if record.outcome != "promoted":
        sys.exit(8)


@release.command()
@click.argument("name", required=False)
@output_option
def status(name: str | None, output: str) -> None:
    """Where a release is, why, and what it waits for."""
    from rich.console import Console

    from museline.storage import Home
    from museline_serving.cli.release_view import render
    from museline_serving.release.status import read_status

    home = Home.find()
    found = read_status(home, _name(home, name, unfinished=False))
    if output == "json":
        print_json(found.as_json())
    else:
        Console(highlight=False).print(render(found))


@release.command()
@click.argument("name", required=False)
def watch(name: str | None) -> None:
    """Follow a release until it ends; Ctrl-C ends the watching, not the release."""
    from museline.storage import Home
    from museline_serving.cli.release_view import follow

    home = Home.find()
    follow(home, _name(home, name, unfinished=False))


@release.command(name="list")
@output_option
def list_releases(output: str) -> None:
    """All releases of this home, the newest last."""
    from museline.storage import Home
    from museline_serving.release.status import read_status

    home = Home.find()
    found = [read_status(home, name) for name in _names(home)]
    rows = [
        (
            each.name,
            each.incumbent,
            each.candidate,
            each.phase,
            f"{each.wave} ({each.wave_number} of {each.waves})",
            "yes" if each.running else "no",
        )
        for each in found
    ]
    print_rows(output, ("name", "incumbent", "candidate", "phase", "wave", "running"), rows)


def _order_command(verb: Verb, text: str) -> None:
    @release.command(name=verb, help=text)
    @click.argument("name", required=False)
    @click.option("--reason", default="", help="Why; it is kept in the record.")
    def command(name: str | None, reason: str) -> None:
        _order(verb, name, reason)


_order_command("approve", "Let the wave that waits for approval begin.")
_order_command("pause", "Hold the weights where they are; harm still rolls back.")
_order_command("resume", "Go on after a pause.")
_order_command("abort", "Give the incumbent everything back, for good.")


def _order(verb: Verb, name: str | None, reason: str) -> None:
    import getpass
    import time

    from museline.storage import Home
    from museline_serving.release.names import controller_lives, open_store

    home = Home.find()
    chosen = _name(home, name, unfinished=True)
    open_store(home).order(chosen, verb, getpass.getuser(), reason, time.time())
    if controller_lives(home, chosen):
        click.echo(f"{verb} {chosen}: noted, obeyed within a second or two")
    else:
        click.echo(
            f"{verb} {chosen}: noted, obeyed when the release goes on: "
            f"muse release start --resume {chosen}"
        )


def _names(home: Home) -> list[str]:
    from museline_serving.release.names import open_store

    return list(open_store(home).names()) if home.rollouts.exists() else []


def _name(home: Home, name: str | None, unfinished: bool) -> str:
    """The release meant: the one named, else the newest that has not ended, else the newest."""
    from museline.errors import ConfigurationError, near
    from museline_serving.release.names import open_store

    names = _names(home)
    if name is not None:
        if name not in names:
            allowed = near(name, names) if names else "none exists yet"
            raise ConfigurationError("there is no such release", value=name, allowed=allowed)
        if unfinished and open_store(home).load(name).state.settled:
            raise ConfigurationError("this release has ended", value=name, mend="muse release list")
        return name
    running = [each for each in names if not open_store(home).load(each).state.settled]
    if running:
        return running[-1]
    if names and not unfinished:
        return names[-1]
    raise ConfigurationError(
        "no release is under way" if names else "there is no release yet",
        mend="muse release start",
    )


def _plan(name: str, surfaces: tuple[str, ...], incumbent: str | None, candidate: str | None):  # type: ignore[no-untyped-def]
    from museline_serving.rollout.plans import PLANS, named_plan, only_surfaces, read_plan

    is_file = name not in PLANS and (Path(name).suffix or Path(name).exists())
    plan = read_plan(Path(name)) if is_file else named_plan(name)
    if surfaces:
        plan = only_surfaces(plan, surfaces)
    named = {"incumbent": incumbent, "candidate": candidate}
    return plan.model_copy(update={key: value for key, value in named.items() if value})


def _newest_examples(home: Home) -> Path:
    """The examples of the last finished featurize step."""
    from museline.errors import ConfigurationError
    from museline.examples import EXAMPLES_FILE

    found = sorted(
        home.artifacts.glob(f"featurize/*/{EXAMPLES_FILE}"), key=lambda path: path.stat().st_mtime
    )
    finished = [path for path in found if path.with_name("provenance.json").exists()]
    if not finished:
        raise ConfigurationError(
            "there are no examples in this home for the users to ask",
            value=home.artifacts,
            mend="muse release start --examples FILE_OR_FOLDER, or run a pipeline first",
        )
    return finished[-1]


def _detach(home: Home, arguments: list[str]) -> None:
    """Start the same command in a session of its own and wait until its release exists."""
    from museline_serving.cli.detached import start_detached

    name, log = start_detached(home, [each for each in arguments if each != "--detach"])
    click.echo(f"{name} runs in the background; its output goes to {log}")
    click.echo(f"muse release watch {name}    follows it")
    click.echo(f"muse release abort {name}    gives the incumbent everything back")
