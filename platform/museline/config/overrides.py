"""Overrides such as `train.optimizer.lr=0.02`, checked against the configuration's types."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from museline.errors import ConfigurationError, near

_T = TypeVar("_T", bound=BaseModel)


def apply_overrides(config: _T, overrides: Iterable[str]) -> _T:
    """A copy of `config` with each `path=value` applied, in order.

    A value is read as JSON where that succeeds (`0.02`, `true`, `["a"]`), else as text.
    Raises ConfigurationError for a path without `=`, an unknown name (with the near ones) and a
    value of the wrong type.
    """
    for override in overrides:
        path, separator, text = override.partition("=")
        if not separator or not path:
            raise ConfigurationError(
                "an override has the form PATH=VALUE",
                value=override,
                allowed="for example --set train.optimizer.lr=0.02",
            )
        config = _set(config, path.split("."), _parse(text), path)
    return config


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _set(config: _T, names: list[str], value: object, path: str) -> _T:
    name, rest = names[0], names[1:]
    fields = type(config).model_fields
    if name not in fields:
        raise ConfigurationError(
            f"there is no setting {name!r} in {path!r}", value=path, allowed=near(name, fields)
        )
    current = getattr(config, name)
    if rest:
        if not isinstance(current, BaseModel):
            raise ConfigurationError(
                f"{name!r} in {path!r} is of type {type(current).__name__}, without settings",
                value=path,
                allowed=f"{path.rsplit('.', 1)[0]}=VALUE",
            )
        value = _set(current, rest, value, path)
    content = {each: getattr(config, each) for each in fields} | {name: value}
    try:
        return type(config).model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(
            f"{path} cannot have this value: {first['msg']}",
            value=repr(value),
            allowed=_describe(config, name),
        ) from error


def _describe(config: BaseModel, name: str) -> str:
    field = type(config).model_fields[name]
    annotation = getattr(field.annotation, "__name__", None) or str(field.annotation)
    bounds = ", ".join(_in_words(each) for each in field.metadata)
    meaning = f" ({field.description})" if field.description else ""
    return f"{annotation}{', ' + bounds if bounds else ''}{meaning}; now {getattr(config, name)!r}"


BOUNDS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}


def _in_words(constraint: object) -> str:
    """Such as "more than 0" for pydantic's Gt(gt=0)."""
    for name, words in BOUNDS.items():
        if hasattr(constraint, name):
            return f"{words} {getattr(constraint, name)}"
    return str(constraint)
