"""A table for people: what was measured beside its bar."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table


def print_measurements(title: str, rows: Iterable[tuple[str, object, str]]) -> None:
    """Rows of (what, measured, bar)."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("measured", "value", "bar"):
        table.add_column(column)
    for what, value, bar in rows:
        table.add_row(what, f"{value:.3f}" if isinstance(value, float) else str(value), bar)
    Console(highlight=False).print(table)
