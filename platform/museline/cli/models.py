"""`muse models`: what is registered, what its cards say, and whether its signatures hold."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from museline.cli.output import output_option, print_json

if TYPE_CHECKING:
    from museline.registry import RegisteredModel, Registry

NAME_HELP = "NAME is a model's name, a label such as muse-spark-v2, a number or an alias."
EMPTY = "no model is registered in {folder}; muse demo, or muse run training, registers some"


@click.group()
def models() -> None:
    """List, show, compare and verify registered models."""


@models.command(name="list")
@output_option
def list_models(output: str) -> None:
    """List all registered models, newest last."""
    from museline.cli import model_views

    registry = _registry()
    entries = registry.entries()
    known = registry.list()
    if output == "json":
        print_json([model_views.entry_json(each, known) for each in entries])
    elif not entries:
        click.echo(EMPTY.format(folder=registry.home.root))
    else:
        model_views.print_list(entries, known)


@models.command(epilog=NAME_HELP)
@click.argument("name")
@output_option
def show(name: str, output: str) -> None:
    """Show one model: its data, training, scores and safety; its signature is verified now.

    Ends with status 4 if the signature does not hold.
    """
    from museline.cli import model_views

    registry = _registry()
    model = registry.get(name)
    known = registry.list()
    problem = _problem(registry, model)
    if output == "json":
        print_json(model_views.model_json(model, known, problem))
    else:
        model_views.print_model(model, known, registry.home, problem)
    if problem:
        sys.exit(4)


@models.command(epilog=NAME_HELP)
@click.argument("first")
@click.argument("second")
@output_option
def compare(first: str, second: str, output: str) -> None:
    """Compare two models side by side, with the paired test where both had the same cases."""
    from museline.cli import model_comparison

    registry = _registry()
    one, other = registry.get(first), registry.get(second)
    known = registry.list()
    if output == "json":
        print_json(model_comparison.comparison_json(one, other, known))
    else:
        model_comparison.print_comparison(one, other, known)


@models.command(epilog=NAME_HELP)
@click.argument("name")
@output_option
def verify(name: str, output: str) -> None:
    """Verify one model's signature. Ends with status 4, naming the files, if it does not hold."""
    from museline.registry import SIGNATURE_FILE, load_verified
    from museline.registry.signing import signed_digests

    registry = _registry()
    entry = registry.find(name)
    folder = load_verified(registry.home, name)
    files = len(signed_digests(folder / SIGNATURE_FILE))
    if output == "json":
        print_json({"model": entry.label, "verified": True, "files": files, "folder": folder})
    else:
        click.secho("✓ ", fg="green", nl=False)
        click.echo(f"{entry.label}: the signature holds for all {files} files")


def _registry() -> Registry:
    from museline.registry import Registry
    from museline.storage import Home

    return Registry(Home.find())


def _problem(registry: Registry, model: RegisteredModel) -> str:
    """Why the model's signature does not hold; empty if it does."""
    from museline.errors import IntegrityError
    from museline.registry import public_key_path, verify_folder

    try:
        verify_folder(model.folder, public_key_path(registry.home))
    except IntegrityError as error:
        return error.what
    return ""
