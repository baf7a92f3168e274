"""What the commands share: the output option, and tables for people or JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 200
_F = TypeVar("_F", bound=Callable[..., Any])


def output_option(command: _F) -> _F:
    """Adds `--output table|json` as the argument `output`."""
    return click.option(
        "--output",
        "-o",
        type=click.Choice(["table", "json"]),
        default="table",
        help="A table for people, or JSON for programs.",
    )(command)


def print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, default=str))


def print_rows(
    output: str, columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = ""
) -> None:
    """Rows as a table, or as a JSON list of objects keyed by the columns."""
    rows = list(rows)
    if output == "json":
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    console().print(table)


def console() -> Console:
    """The terminal; a pipe or a file is wide, so that what is read by programs is not folded."""
    from rich.console import Console

    narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if narrow else PIPE_WIDTH)
