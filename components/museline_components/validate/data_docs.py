"""Data Docs as static pages that open without a network.

Great Expectations renders the sections; the pages around them are ours, because its own pages load
styles, scripts and pictures from other hosts.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from museline.extras import require
from museline.storage import write_text
from museline_components.validate.judge import Judgement, Verdict
from museline_components.validate.personal import without_personal_data

DATA_DOCS = "data_docs"
INDEX = "index.html"


def write_data_docs(folder: Path, suite: str, judgements: Sequence[Judgement]) -> Path:
    """Write one page per batch and an index into `folder`; returns the index."""
    for judgement in judgements:
        title = f"{suite}: {judgement.batch.name}"
        body = _failures(judgement) + _sections(judgement.result)
        page = without_personal_data(_page(title, body, home=True))
        write_text(folder / _page_name(judgement), page)
    index = folder / INDEX
    write_text(index, _page(f"Data Docs of the suite {suite}", _overview(judgements), home=False))
    return index


def _page_name(judgement: Judgement) -> str:
    return judgement.batch.name.replace(" ", "-") + ".html"


def _overview(judgements: Sequence[Judgement]) -> str:
    rows = []
    for judgement in judgements:
        unmet = sum(not each.result.met for each in judgement.verdicts)
        state = f'<b class="bad">{unmet} failed</b>' if unmet else '<b class="good">met</b>'
        rows.append(
            f'<tr><td><a href="{html.escape(_page_name(judgement))}">'
            f"{html.escape(judgement.batch.name)}</a></td>"
            f"<td>{html.escape(judgement.batch.file)}</td><td>{len(judgement.batch.frame):,}</td>"
            f"<td>{len(judgement.verdicts)}</td><td>{state}</td></tr>"
        )
    head = "<tr><th>Batch</th><th>File</th><th>Rows</th><th>Expectations</th><th>Result</th></tr>"
    return f'<table class="table">{head}{"".join(rows)}</table>' + "".join(
        _failures(judgement) for judgement in judgements
    )


def _failures(judgement: Judgement) -> str:
    failed = [each for each in judgement.verdicts if not each.result.met]
    return "".join(_failure(each) for each in failed)


def _failure(verdict: Verdict) -> str:
    result = verdict.result
    condition = f" where {verdict.condition}" if verdict.condition else ""
    head = f"{result.expectation} on {result.column or 'the whole batch'}{condition}"
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row.values()) + "</tr>"
        for row in verdict.rows
    )
    names = "".join(f"<th>{html.escape(name)}</th>" for name in (verdict.rows or ({},))[0])
    table = f'<table class="table"><tr>{names}</tr>{rows}</table>' if rows else ""
    return (
        f'<div class="failure"><h3>{html.escape(head)}</h3>'
        f"<p>{result.failing:,} of {result.rows:,} rows fail. {html.escape(verdict.detail)}</p>"
        f"{table}</div>"
    )


def _sections(result: Any) -> str:
    """The sections per column, as Great Expectations renders them, without its overview."""
    require("great_expectations", "writing Data Docs")
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    document = ValidationResultsPageRenderer().render(result).to_json_dict()
    view = _section_view()
    return "".join(
        view.render({"section": section, "section_loop": {"index": number}})
        for number, section in enumerate(document["sections"][1:], start=1)
    )


@functools.cache
def _section_view() -> Any:
    """One for all batches, because each compiles its templates anew."""
    from great_expectations.render.view import DefaultJinjaSectionView

    return DefaultJinjaSectionView()


def _page(title: str, body: str, *, home: bool) -> str:
    back = f'<p><a href="{INDEX}">All batches</a></p>' if home else ""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{html.escape(title)}</h1>{back}{body}</body></html>\n"
    )


STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #18794e; --bad: #c62a2f; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h3 { font-size: 1rem; overflow-wrap: anywhere; }
h5 { font-size: 1.1rem; margin: 2rem 0 .3rem; border-bottom: 2px solid var(--line); }
h6, p { margin: .3rem 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
thead th:first-child { width: 4.5rem; } thead th:nth-child(3) { width: 14rem; }
.badge { font-family: ui-monospace, monospace; background: #8882; padding: 0 .3em;
  border-radius: .2em; }
.text-success::before { content: "\\2713"; } .text-danger::before { content: "\\2717"; }
.text-success, .good { color: var(--good); } .text-danger, .bad { color: var(--bad); }
.failure { border-left: 4px solid var(--bad); padding-left: 1rem; margin: 1.5rem 0; }
i.fas { font-style: normal; font-weight: bold; } .d-none { display: none; }
"""
