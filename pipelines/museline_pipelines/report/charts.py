"""Charts as SVG to be written into the page; their colours are the page's, light or dark."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from museline.cards import RolloutRecord, SuiteScore, TrainingCard
from museline.extras import require

# matplotlib wants fixed colours: these stand for variables of the page's style sheet.
INK, MUTED, LINE = "#010203", "#040506", "#070809"
MODEL_COLOURS = ("#0a0b0c", "#0d0e0f")
VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    LINE: "--line",
    MODEL_COLOURS[0]: "--incumbent",
    MODEL_COLOURS[1]: "--candidate",
}


def _figure(width: float, height: float) -> tuple[Any, Any]:
    require("matplotlib", "the charts of a report")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
    axes.tick_params(colors=MUTED, which="both", labelsize=9)
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _svg(figure: Any, salt: str, label: str) -> str:
    """The figure as an `<svg>` element with text as text; `salt` keeps the ids of charts apart."""
    import matplotlib

    style = {"svg.fonttype": "none", "svg.hashsalt": salt, "font.family": "sans-serif"}
    buffer = io.StringIO()
    with matplotlib.rc_context(style):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 var(--font)", svg)
    width_and_height = re.compile(r'(<svg[^>]*?) width="[^"]*"', flags=re.DOTALL)
    svg = width_and_height.sub(r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1, flags=re.DOTALL)
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def loss_chart(cards: Sequence[TrainingCard]) -> str:
    """Loss against training FLOPs: lower and further left is better."""
    figure, axes = _figure(7.6, 3.4)
    for card, colour in zip(cards, MODEL_COLOURS, strict=False):
        points = [point for point in card.loss_curve if point.flops > 0]
        axes.plot(
            [point.flops for point in points],
            [point.loss for point in points],
            color=colour,
            linewidth=1.8,
            label=card.name,
        )
        checked = [point for point in points if point.validation_loss is not None]
        axes.plot(
            [point.flops for point in checked],
            [point.validation_loss for point in checked],
            "o",
            color=colour,
            markersize=4,
        )
    axes.set_xscale("log")
    axes.set_xlabel("training FLOPs (dots: loss on validation data)", color=MUTED, fontsize=9)
    axes.set_ylabel("loss", color=MUTED, fontsize=9)
    axes.legend(frameon=False, labelcolor=INK, fontsize=9)
    return _svg(figure, "loss", "Loss against training FLOPs")


def score_chart(rows: Sequence[str], scores: dict[str, dict[str, SuiteScore]]) -> str:
    """Scores with their intervals: a row per domain or modality, a mark per model."""
    figure, axes = _figure(7.6, 0.9 + 0.42 * len(rows))
    for index, (model, by_row) in enumerate(scores.items()):
        known = [row for row in rows if row in by_row]
        places = [rows.index(row) + (index - 0.5) * 0.26 for row in known]
        values = [by_row[row].score for row in known]
        axes.errorbar(
            [score.value * 100 for score in values],
            places,
            xerr=[
                [max(0.0, score.value - score.low) * 100 for score in values],
                [max(0.0, score.high - score.value) * 100 for score in values],
            ],
            fmt="o",
            color=MODEL_COLOURS[index % 2],
            markersize=5,
            elinewidth=1.6,
            capsize=2.5,
            label=model,
        )
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(axis="y", labelcolor=INK, length=0)
    axes.invert_yaxis()
    axes.set_xlim(-1, 101)
    axes.set_xlabel("right answers, % (bars: 95 % intervals)", color=MUTED, fontsize=9)
    axes.legend(
        frameon=False, labelcolor=INK, fontsize=9, ncols=2, loc="lower left", bbox_to_anchor=(0, 1)
    )
    return _svg(figure, "scores", "Scores with intervals")


def weights_chart(rollout: RolloutRecord) -> str:
    """The candidate's share over the release's time: a lane per surface, full at 100 %."""
    surfaces = list(dict.fromkeys(s for d in rollout.decisions for s in d.weights))
    figure, axes = _figure(7.6, 0.9 + 0.42 * len(surfaces))
    end = (rollout.ended_at - rollout.started_at).total_seconds()
    for lane, surface in enumerate(surfaces):
        times, weights = [0.0], [0]
        for decision in rollout.decisions:
            if surface in decision.weights:
                times.append((decision.time - rollout.started_at).total_seconds())
                weights.append(decision.weights[surface])
        times, weights = [*times, max(end, times[-1])], [*weights, weights[-1]]
        floor = lane + 0.4
        heights = [floor - 0.8 * weight / 100 for weight in weights]
        axes.fill_between(
            times, floor, heights, step="post", color=MODEL_COLOURS[1], alpha=0.25, linewidth=0
        )
        axes.step(times, heights, where="post", color=MODEL_COLOURS[1], linewidth=1.6)
        axes.annotate(
            f"{weights[-1]} %",
            (1, lane),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=9,
        )
    axes.set_yticks(range(len(surfaces)), surfaces)
    axes.tick_params(axis="y", labelcolor=INK, length=0)
    axes.grid(visible=False, axis="y")
    axes.set_ylim(len(surfaces) - 0.4, -0.6)
    if end > 0:
        axes.set_xlim(0, end)
    axes.set_xlabel("seconds since the start of the release", color=MUTED, fontsize=9)
    return _svg(figure, "weights", "The candidate's share of each surface over time")
