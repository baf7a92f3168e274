"""Profiles: where the work runs. Read from `museline.toml`; `embedded` is always there."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError

from museline.config.base import Config
from museline.errors import ConfigurationError, near

PROFILE_FILE = "museline.toml"


class Profile(Config):
    """One place to run in."""

    name: str = "embedded"
    context: str | None = None
    """The kubeconfig context of a cluster; none means embedded."""
    workers: int = Field(default=2, ge=1)
    """Ray Train workers."""
    host: str = "127.0.0.1"
    """The address that embedded servers listen on."""
    gateway_port: int = Field(default=8080, ge=1, le=65535)
    """The port of the gateway in front of both models."""


def load_profile(name: str = "embedded", folder: Path | None = None) -> Profile:
    """The profile `name` from `museline.toml` in `folder` (default: the working folder).

    Raises ConfigurationError for broken TOML, an unknown profile or a wrong field.
    """
    path = (folder or Path.cwd()) / PROFILE_FILE
    profiles: dict[str, object] = {"embedded": {}, **_read(path)}
    if name not in profiles:
        raise ConfigurationError(
            "there is no such profile",
            value=name,
            allowed=near(name, profiles),
            mend=f"add [profile.{name}] to {PROFILE_FILE}",
        )
    settings = _table(profiles[name], f"profile.{name}", path)
    try:
        return Profile.model_validate({"name": name, **settings})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"[profile.{name}] {field}: {first['msg']}",
            value=first.get("input"),
            allowed=near(field, Profile.model_fields),
        ) from error


def _read(path: Path) -> dict[str, object]:
    """The profiles in the file at `path`; none if it does not exist."""
    if not path.exists():
        return {}
    try:
        content = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{PROFILE_FILE} is not valid TOML: {error}", value=path
        ) from error
    return _table(content.get("profile", {}), "profile", path)


def _table(value: object, name: str, path: Path) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ConfigurationError(
            f"{name} in {PROFILE_FILE} is not a table",
            value=f"{value!r} in {path}",
            allowed="[profile.NAME] with settings below it",
        )
    return value
