"""How features are stored."""

from __future__ import annotations

from pydantic import Field

from museline.config import Config


class Configuration(Config):
    """The feature repository."""

    project: str = Field(default="museline", pattern="^[A-Za-z0-9][A-Za-z0-9_]*$")
    """The Feast project: one per tenant."""
