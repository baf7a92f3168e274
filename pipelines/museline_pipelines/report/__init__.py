"""The report of a run: one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path

from museline.storage import write_text
from museline_pipelines.records import REPORT_FILE, load


def write_report(folder: Path) -> Path:
    """Write `report.html` for the run in `folder`; returns its path."""
    record = load(folder)
    path = folder / REPORT_FILE
    write_text(path, f"<!doctype html><title>{record.id}</title><h1>{record.id}</h1>\n")
    return path
