"""Small Python expressions: what does `print` show? Solved over the syntax tree, never by eval."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from museline.errors import DataError
from museline.examples.example import Example
from museline.tasks.answers import same_answer
from museline.tasks.families import LEVEL_WEIGHTS, LevelWeights
from museline.tasks.making import Parameters, Question, generated, parameters_of

_WORDS = ("apple", "bridge", "cloud", "garden", "museum", "planet", "river", "summer", "window")
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {"len": len, "max": max, "min": min, "sum": sum}


def generate(
    seed: int, count: int, level_weights: LevelWeights = LEVEL_WEIGHTS
) -> Iterator[Example]:
    return generated("expressions", seed, count, _draw, _answer, level_weights=level_weights)


def solve(example: Example) -> str:
    return _answer(parameters_of(example))


def check(example: Example, answer: str) -> bool:
    """Lists may be written with or without spaces."""
    true = solve(example)
    if true.startswith("["):
        return answer.replace(" ", "") == true.replace(" ", "")
    return same_answer(answer, true)


def _draw(rng: Random, level: int) -> Question:
    kinds: dict[int, tuple[Callable[[Random], str], ...]] = {
        1: (_comparison, _length, _two_terms),
        2: (_item, _slice, _three_terms),
        3: (_aggregate, _chained, _list_slice),
    }
    code = rng.choice(kinds[level])(rng)
    return Question(
        rng.choice(("print({})", "What does print({}) show?")).format(code), {"code": code}
    )


def _comparison(rng: Random) -> str:
    return f"{rng.randint(0, 50)} {rng.choice(('<', '<=', '>', '>=', '=='))} {rng.randint(0, 50)}"


def _length(rng: Random) -> str:
    return f"len({rng.choice((repr(_text(rng)), str(_numbers(rng, 6))))})"


def _two_terms(rng: Random) -> str:
    return f"{rng.randint(2, 20)} {rng.choice('+-*')} {rng.randint(2, 9)}"


def _item(rng: Random) -> str:
    numbers = _numbers(rng, 4)
    return f"{numbers}[{rng.randint(-1, len(numbers) - 1)}]"


def _slice(rng: Random) -> str:
    word = rng.choice(_WORDS)
    start = rng.randint(0, len(word) - 2)
    bounds = (f"{start}:{rng.randint(start + 1, len(word))}", f":{start + 1}", f"{start}:")
    return f"{word!r}[{rng.choice(bounds)}]"


def _three_terms(rng: Random) -> str:
    a, b, c = (rng.randint(2, 9) for _ in range(3))
    return rng.choice((f"{a} + {b} * {c}", f"{a} * {b} - {c}", f"({a} + {b}) * {c}"))


def _aggregate(rng: Random) -> str:
    return f"{rng.choice(('sum', 'max', 'min'))}({_numbers(rng, 4)})"


def _chained(rng: Random) -> str:
    a, b, c = rng.randint(10, 60), rng.randint(2, 9), rng.randint(2, 9)
    return rng.choice((f"{a} // {b} + {c}", f"{a} % {b}", f"{a} % {b} == {c}", f"{a} - {b} * {c}"))


def _list_slice(rng: Random) -> str:
    numbers = _numbers(rng, 4)
    start = rng.randint(0, len(numbers) - 2)
    return f"{numbers}[{start}:{rng.randint(start + 1, len(numbers))}]"


def _text(rng: Random) -> str:
    return rng.choice(_WORDS)[: rng.randint(1, 7)]


def _numbers(rng: Random, most: int) -> list[int]:
    return [rng.randint(0, 9) for _ in range(rng.randint(2, most))]


def _answer(parameters: Parameters) -> str:
    code = parameters["code"]
    try:
        return str(_value(ast.parse(code, mode="eval").body))
    except SyntaxError as error:
        raise DataError("this is not an expression", value=code) from error


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=int() | str() as value):
            return value
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _ARITHMETIC[type(op)](_value(left), _value(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _COMPARISONS[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_value(argument))
        case ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper, step=None)):
            first, last = (each and _value(each) for each in (lower, upper))
            return _value(value)[first:last]
        case ast.Subscript(value=value, slice=index):
            return _value(value)[_value(index)]
    raise DataError(
        "the solver does not know this kind of expression",
        value=ast.unparse(node),
        allowed="whole numbers, texts, lists, + - * // %, comparisons, len max min sum, slices",
    )
