"""`muse demo`."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from museline.cli.output import output_option

PLAN = """\
Muse Spark replaces Llama 4 on this machine; everything is real, nothing leaves it.
  1. collect, validate, curate and featurize data          (KFP, Great Expectations, Ray, Feast)
  2. train both models, compare them, test their safety    (Ray Train, PyTorch, transformers)
  3. sign and register them                                (OpenSSF model signing, MLflow)
  4. serve both behind a gateway with seven surfaces       (KServe, Envoy)
  5. give the new one more traffic as it proves itself     (anytime-valid tests)
Ctrl-C stops at any point; the same command goes on from there.
"""

NOT_AS_MEANT = 8
OTHERS = {"flagger": "Flagger's default rule", "argo": "Argo Rollouts' documented rule"}


@click.command()
@click.option(
    "--sabotage",
    type=click.Choice(["errors"]),
    help="Break the candidate on purpose, and watch it being taken back.",
)
@click.option("--recipe", "-r", default="muse_replaces_llama4", help="The configuration by name.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Of the recipe.")
@output_option
def demo(sabotage: str | None, recipe: str, overrides: tuple[str, ...], output: str) -> None:
    """Watch Muse replace Llama 4, from raw data to all traffic.

    Ends with status 8 if the candidate was not promoted or, sabotaged, not taken back.
    """
    from museline.storage import Home
    from museline_pipelines import demonstration, running
    from museline_pipelines.cli.run import stop_unless_succeeded
    from museline_pipelines.display import open_display
    from museline_pipelines.report import write_report
    from museline_pipelines.report.content import gather
    from museline_serving.cli.release_view import Viewer, terminate_as_interrupt

    quiet = output == "json"
    home = Home.find()
    if not quiet:
        click.echo(PLAN)
    with open_display(quiet) as display:
        record = running.start(home, "training", recipe, display, overrides)
    folder = home.runs / record.id
    stop_unless_succeeded(record, folder)
    terminate_as_interrupt()
    with Viewer(home, output) as viewer:
        demonstration.release_models(home, record, sabotage, viewer)
    report = write_report(folder, home)
    summary = demonstration.summarise_release(gather(folder, home), sabotage)
    summary["report"] = str(report)
    if quiet:
        click.echo(json.dumps(summary))
    else:
        _close(summary)
    if summary["outcome"] != ("rolled_back" if sabotage else "promoted"):
        sys.exit(NOT_AS_MEANT)


def _close(summary: dict[str, Any]) -> None:
    """The closing words."""
    from museline_pipelines.display import describe_seconds
    from museline_pipelines.report.view import flops

    outcome = summary["outcome"].replace("_", " ")
    good = summary["outcome"] == ("rolled_back" if summary["sabotage"] else "promoted")
    click.echo()
    click.secho(
        f"{summary['candidate']} for {summary['incumbent']}: {outcome}",
        bold=True,
        fg="green" if good else "yellow",
    )
    for model, cost in summary["flops"].items():
        score = summary["scores"].get(model)
        known = "" if score is None else f"{score:.1%} right, "
        click.echo(f"  {model:<12} {known}{flops(cost)} of training")
    failed = summary["platform_failed_requests"]
    click.echo(f"  requests     {summary['requests']:,} served, {failed:,} failed by the platform")
    if summary["lead_s"] is not None:
        cached = summary["cached_steps"]
        remark = f", {cached} of {summary['steps']} steps cached" if cached else ""
        lead = describe_seconds(summary["lead_s"])
        click.echo(f"  lead time    {lead} from raw data to all traffic{remark}")
    if "sabotage_extra_errors" in summary:
        click.echo(f"  extra errors {summary['sabotage_extra_errors']:.0f} until it was taken back")
        for name, rule in OTHERS.items():
            other = summary.get(f"{name}_extra_errors")
            said = "would never have taken it back" if other is None else f"{other:.0f}"
            click.echo(f"               {said} by {rule}")
    click.echo(f"  report       {summary['report']}")
    click.echo("next: muse runs show, muse models compare, muse release status; or")
    click.echo("      muse demo --sabotage errors")
