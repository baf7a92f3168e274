"""How `muse models compare` looks."""

from __future__ import annotations

from collections.abc import Sequence

from museline.cards import SafetyCard
from museline.cli.model_views import amount, flops, interval
from museline.cli.output import console, print_rows
from museline.registry import RegisteredModel
from museline.registry.comparison import Pairing, pairing_of, standing_of


def comparison_json(
    first: RegisteredModel, second: RegisteredModel, known: Sequence[RegisteredModel]
) -> dict[str, object]:
    pairing = pairing_of(first, second, known)
    return {
        "first": _side_json(first, known),
        "second": _side_json(second, known),
        "flops_ratio": flops_ratio(first, second),
        "paired": [_test_json(pairing, i) for i in range(len(pairing.tests))] if pairing else [],
    }


def print_comparison(
    first: RegisteredModel, second: RegisteredModel, known: Sequence[RegisteredModel]
) -> None:
    """Both models' facts, then suite by suite the difference on the same cases."""
    columns = ("", first.label, second.label)
    one, other = _facts(first, known), _facts(second, known)
    print_rows("table", columns, [(name, one[name], other[name]) for name in one])
    screen = console()
    ratio = flops_ratio(first, second)
    if ratio is not None:
        screen.print(f"\n{second.label} took {ratio:.2f} times the training compute of "
                     f"{first.label}.")  # fmt: skip
    pairing = pairing_of(first, second, known)
    if pairing is None:
        screen.print("\nThey never answered the same cases, so there is no paired test.")
        return
    screen.print(f"\n[bold]On the same cases[/bold]: {second.label} minus {first.label}, "
                 "with McNemar's exact test")  # fmt: skip
    print_rows(
        "table",
        ("suite", "cases", "first", "second", "difference (95 %)", "p", "only 1st", "only 2nd"),
        [_test_row(pairing, i) for i in range(len(pairing.tests))],
    )


def flops_ratio(first: RegisteredModel, second: RegisteredModel) -> float | None:
    """The second's training FLOPs divided by the first's; None if that is not a number."""
    cost = first.card.training.flops
    return second.card.training.flops / cost if cost else None


def _facts(model: RegisteredModel, known: Sequence[RegisteredModel]) -> dict[str, object]:
    training = model.card.training
    standing = standing_of(model, known)
    score = standing.score() if standing else None
    speed = standing.evaluation.milliseconds_per_token.get(standing.name) if standing else None
    return {
        "alias": ", ".join(model.aliases),
        "family and size": f"{model.card.family} {model.card.size}",
        "parameters": amount(training.parameters),
        "active parameters": amount(training.active_parameters),
        "training compute": flops(training.flops),
        "tokens": f"{training.tokens:,}",
        "training time": f"{training.seconds:.1f} s",
        "final loss": f"{training.final_loss:.4f}",
        "score, all suites": interval(score.score) if score else "not evaluated",
        "ms per token": f"{speed:.3f}" if speed is not None else "not measured",
        "gate": _gate(model.card.safety),
    }


def _gate(safety: SafetyCard | None) -> str:
    if safety is None:
        return "not asked"
    return f"{'passed' if safety.passed else 'refused'}: {safety.rule}"


def _test_row(pairing: Pairing, index: int) -> tuple[object, ...]:
    test = pairing.tests[index]
    one, other = pairing.first.score(test.suite), pairing.second.score(test.suite)
    return (
        test.suite,
        test.cases,
        f"{one.score.value:.3f}" if one else "",
        f"{other.score.value:.3f}" if other else "",
        interval(test.difference, sign=True),
        f"{test.p_value:.2g}",
        test.only_incumbent,
        test.only_candidate,
    )


def _test_json(pairing: Pairing, index: int) -> dict[str, object]:
    test = pairing.tests[index]
    one, other = pairing.first.score(test.suite), pairing.second.score(test.suite)
    return {
        "suite": test.suite,
        "cases": test.cases,
        "first": one.score.model_dump() if one else None,
        "second": other.score.model_dump() if other else None,
        "difference": test.difference.model_dump(),
        "p_value": test.p_value,
        "both_right": test.both_right,
        "only_first": test.only_incumbent,
        "only_second": test.only_candidate,
        "both_wrong": test.both_wrong,
    }


def _side_json(model: RegisteredModel, known: Sequence[RegisteredModel]) -> dict[str, object]:
    standing = standing_of(model, known)
    score = standing.score() if standing else None
    training = model.card.training
    return {
        "label": model.label,
        "family": model.card.family,
        "size": model.card.size,
        "parameters": training.parameters,
        "active_parameters": training.active_parameters,
        "flops": training.flops,
        "tokens": training.tokens,
        "score": score.score.model_dump() if score else None,
        "gate_passed": model.card.safety.passed if model.card.safety else None,
    }
