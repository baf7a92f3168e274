"""`muse doctor`."""

from __future__ import annotations

import sys

import click

from museline.cli.output import output_option, print_json


@click.command()
@output_option
def doctor(output: str) -> None:
    """Check what this machine has, and how to mend it.

    Ends with status 1 if something that Museline needs is not fine.
    """
    from museline.doctor import find_checks

    results = [(check.name, check.run()) for check in find_checks()]
    if output == "json":
        print_json([{"check": name, **vars(result)} for name, result in results])
    else:
        for name, result in results:
            mark, colour = (
                ("✓", "green") if result.fine else ("✗", "red" if result.needed else "yellow")
            )
            click.secho(f"{mark} ", fg=colour, nl=False)
            click.echo(f"{name:<16} {result.detail}")
            if not result.fine and result.mend:
                click.echo(f"  {'':<16} to mend it: {result.mend}")
    if any(result.needed and not result.fine for _, result in results):
        sys.exit(1)
