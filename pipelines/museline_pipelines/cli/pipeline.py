"""`muse pipeline`."""

from __future__ import annotations

from pathlib import Path

import click

from museline.cli.output import output_option, print_rows


@click.group()
def pipeline() -> None:
    """The pipelines: list them, and compile them for Kubeflow."""


@pipeline.command("list")
@output_option
def list_pipelines(output: str) -> None:
    """Pipelines and their steps."""
    from museline_pipelines.catalogue import PIPELINES

    rows = [
        (each.name, each.summary, " → ".join(step.name for step in each.steps))
        for each in PIPELINES.values()
    ]
    print_rows(output, ("pipeline", "summary", "steps"), rows)


@pipeline.command("recipes")
@output_option
def list_recipes(output: str) -> None:
    """Recipes: whole configurations by name."""
    from museline_pipelines.recipes import RECIPES

    rows = [(each.name, each.summary) for each in RECIPES.values()]
    print_rows(output, ("recipe", "summary"), rows)


@pipeline.command("compile")
@click.argument("name")
@click.option("--recipe", "-r", help="A recipe whose values become the parameters' defaults.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Of the recipe.")
@click.option("--out", type=click.Path(path_type=Path), help="The file; else standard output.")
def compile_to_yaml(
    name: str, recipe: str | None, overrides: tuple[str, ...], out: Path | None
) -> None:
    """Compile the pipeline NAME to KFP's YAML, to be submitted to a cluster."""
    from museline.storage import write_text
    from museline_pipelines.compiling import compile_pipeline

    if overrides and recipe is None:
        raise click.UsageError("--set changes a recipe: give --recipe too")
    text = compile_pipeline(name, recipe, overrides)
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
        click.echo(f"{out}: {name} with {text.count('executorLabel')} steps")
