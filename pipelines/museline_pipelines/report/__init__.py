"""The report of a run: one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from museline import __version__
from museline.extras import require
from museline.storage import Home, write_text
from museline_pipelines.records import REPORT_FILE

if TYPE_CHECKING:
    from museline_pipelines.report.content import Content

TEMPLATE = "template.html.j2"


def write_report(folder: Path, home: Home | None = None) -> Path:
    """Write `report.html` for the run in `folder`; returns its path.

    With a release of the run's candidate in `home`, it tells that too.
    """
    from museline_pipelines.report.content import gather

    path = folder / REPORT_FILE
    write_text(path, render(gather(folder, home)))
    return path


def render(content: Content) -> str:
    """The page as HTML."""
    jinja2 = require("jinja2", "the report of a run")

    from museline_pipelines.display import describe_seconds
    from museline_pipelines.report.view import build, flops

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    view = build(content)
    page: str = environment.get_template(TEMPLATE).render(
        **view,
        title=_title(content),
        request_peak=max(content.rollout.requests.values(), default=1) if content.rollout else 1,
        flops=flops,
        seconds=describe_seconds,
        version=__version__,
    )
    return page


def _title(content: Content) -> str:
    if content.evaluation:
        return f"{content.evaluation.candidate} against {content.evaluation.incumbent}"
    return {"data-engine": "Data", "training": "Training"}.get(
        content.run.pipeline, content.run.pipeline
    )
