"""How `muse models list` and `muse models show` look."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from museline.cards import CARD_FILE, DatasetCard, Interval, SafetyCard, TrainingCard
from museline.cli.output import console, print_rows
from museline.errors import DataError
from museline.registry import Entry, RegisteredModel
from museline.registry.comparison import Standing, reference_of_kind, standing_of
from museline.storage import Home

DATA_STAGES = ("featurize", "curate", "validate", "collect")


def print_list(entries: Sequence[Entry], known: Sequence[RegisteredModel]) -> None:
    """One row per version; one whose files are gone says so."""
    columns = ("model", "alias", "family", "size", "score (95 %)", "training", "signed", "date")
    print_rows("table", columns, [_list_row(each, known) for each in entries])


def entry_json(entry: Entry, known: Sequence[RegisteredModel]) -> dict[str, object]:
    model = _model(entry, known)
    score = _score(model, known)
    return {
        "version": entry.version,
        "name": entry.name,
        "label": entry.label,
        "aliases": list(entry.aliases),
        "family": model.card.family if model else None,
        "size": model.card.size if model else None,
        "score": score.model_dump() if score else None,
        "flops": model.card.training.flops if model else None,
        "signed": entry.signed,
        "files_present": entry.present,
        "folder": str(entry.folder),
        "registered_at": _time(entry.registered_at).isoformat(),
    }


def model_json(
    model: RegisteredModel, known: Sequence[RegisteredModel], problem: str
) -> dict[str, object]:
    standing = standing_of(model, known)
    return {
        "version": model.version,
        "label": model.label,
        "aliases": list(model.aliases),
        "folder": str(model.folder),
        "verified": not problem,
        "problem": problem or None,
        "scores": [each.model_dump() for each in standing.scores()] if standing else [],
        "card": model.card.model_dump(mode="json"),
    }


def print_model(
    model: RegisteredModel, known: Sequence[RegisteredModel], home: Home, problem: str
) -> None:
    """The model's card for a person."""
    screen = console()
    card = model.card
    aliases = f" ({', '.join(model.aliases)})" if model.aliases else ""
    screen.print(f"[bold]{model.label}[/bold]{aliases}")
    screen.print(f"{card.family} {card.size}, {amount(card.training.parameters)} parameters, "
                 f"{amount(card.training.active_parameters)} active per token")  # fmt: skip
    if problem:
        screen.print(f"✗ signature: {problem}", style="red", markup=False)
    else:
        screen.print("[green]✓[/green] the signature holds, verified now")
    screen.print(str(model.folder), style="dim", soft_wrap=True)
    _section("Data", _data_lines(card.training, home))
    _section("Training", _training_lines(card.training, card.run))
    _print_scores(standing_of(model, known))
    _print_safety(card.safety)


def flops(value: float) -> str:
    """Such as 1.60 TFLOP."""
    for name, size in (("EFLOP", 1e18), ("PFLOP", 1e15), ("TFLOP", 1e12), ("GFLOP", 1e9)):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.3g} FLOP"


def amount(count: int) -> str:
    """Such as 1.8 M."""
    for name, size in (("B", 1e9), ("M", 1e6), ("K", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {name}"
    return str(count)


def interval(value: Interval | None, sign: bool = False) -> str:
    """Such as 0.812 (0.789 to 0.833)."""
    if value is None:
        return ""
    form = "+.3f" if sign else ".3f"
    return f"{value.value:{form}} ({value.low:{form}} to {value.high:{form}})"


def _list_row(entry: Entry, known: Sequence[RegisteredModel]) -> tuple[object, ...]:
    model = _model(entry, known)
    head = (entry.label, ", ".join(entry.aliases))
    if model is None:
        return (*head, "files are gone", "", "", "", "no", _day(entry))
    card = model.card
    score = interval(_score(model, known)) or "not evaluated"
    cost = flops(card.training.flops)
    signed = "yes" if entry.signed else "no"
    return (*head, card.family, card.size, score, cost, signed, _day(entry))


def _model(entry: Entry, known: Iterable[RegisteredModel]) -> RegisteredModel | None:
    key = (entry.public_name, entry.version)
    return next((each for each in known if (each.public_name, each.version) == key), None)


def _score(model: RegisteredModel | None, known: Sequence[RegisteredModel]) -> Interval | None:
    standing = standing_of(model, known) if model else None
    found = standing.score() if standing else None
    return found.score if found else None


def _time(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _day(entry: Entry) -> str:
    return _time(entry.registered_at).strftime("%Y-%m-%d")


def _section(title: str, lines: Iterable[str]) -> None:
    screen = console()
    screen.print(f"\n[bold]{title}[/bold]")
    for line in lines:
        screen.print(f"  {line}", markup=False)


def _data_lines(training: TrainingCard, home: Home) -> list[str]:
    reference = reference_of_kind(training, DatasetCard.KIND)
    if reference is None:
        return ["the training card names no data"]
    card = find_data_card(home, reference.digest)
    if card is None:
        return [f"data card {reference.digest[:12]}, which is not in this home any more"]
    return [
        f"{card.examples:,} examples from {', '.join(card.sources)}",
        "domains: " + _counts(card.by_domain),
        "modalities: " + _counts(card.by_modality),
        "splits: " + (_counts(card.by_split) or "none"),
        "licences: " + ", ".join(card.licences),
    ]


def find_data_card(home: Home, digest: str) -> DatasetCard | None:
    """The data card with `digest` among the home's artifacts, if it is still there."""
    for stage in DATA_STAGES:
        for path in sorted((home.artifacts / stage).glob(f"*/{CARD_FILE}")):
            try:
                card = DatasetCard.read(path)
            except DataError:
                continue
            if card.digest() == digest:
                return card
    return None


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _training_lines(training: TrainingCard, run: str) -> list[str]:
    lines = [
        f"{flops(training.flops)} in {training.steps:,} steps over {training.tokens:,} tokens",
        f"final loss {training.final_loss:.4f}, seed {training.seed}",
        f"{training.seconds:.1f} s on {training.workers} workers ({training.hardware}), "
        f"{training.tokens_per_second:,.0f} tokens/s",
    ]
    if training.resumed_from_step is not None:
        lines.append(f"went on from the checkpoint of step {training.resumed_from_step:,}")
    if run:
        lines.append(f"registered by run {run}")
    return lines


def _print_scores(standing: Standing | None) -> None:
    if standing is None:
        _section("Scores", ["not evaluated"])
        return
    other = standing.evaluation.incumbent
    if standing.role == "incumbent":
        other = standing.evaluation.candidate
    _section("Scores", [f"share of right answers with 95 % intervals, beside {other}"])
    theirs = {each.suite: each for each in standing.evaluation.scores if each.model == other}
    rows = [
        (each.suite, each.cases, interval(each.score), interval(theirs[each.suite].score))
        for each in standing.scores()
    ]
    print_rows("table", ("suite", "cases", standing.name, other), rows)


def _print_safety(safety: SafetyCard | None) -> None:
    if safety is None:
        _section("Safety", ["no safety card: this model was not a candidate when registered"])
        return
    verdict = "passed" if safety.passed else "refused"
    _section("Safety", [f"the gate {verdict} {safety.candidate}: {safety.rule}"])
    rows = [
        (
            each.hazard,
            each.model,
            f"{each.events} of {each.cases}",
            f"{each.upper_bound:.3f}",
            f"{each.limit:g}",
            "yes" if each.met else "no",
        )
        for each in safety.hazards
    ]
    columns = ("hazard", "model", "events", "upper bound", "limit", "within")
    print_rows("table", columns, rows)
    _section("Rules, in order", safety.reasons)
