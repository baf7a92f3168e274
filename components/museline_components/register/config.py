"""The settings of the register stage."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from museline.config import Config
from museline.registry import PUBLIC_NAME


class Configuration(Config):
    """Under which name the model is registered."""

    name: str = Field(default="", pattern=r"^(?:[a-z0-9]+(?:[.-][a-z0-9]+)*)?$", max_length=63)
    """The model's name, such as muse-spark; empty takes the one that it was trained under."""
    role: Literal["incumbent", "candidate"] = "candidate"
    """The incumbent gets the alias champion, the candidate the alias candidate."""
    public_name: str = Field(default=PUBLIC_NAME, pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$")
    """The name under which both models answer."""
