"""The table of model families. A new one is a module with a `FAMILY`, and its line here."""

from __future__ import annotations

from museline.errors import ConfigurationError, near
from museline.models.families.family import Family
from museline.models.families.llama4 import FAMILY as LLAMA4
from museline.models.families.muse_glimmer import FAMILY as MUSE_GLIMMER
from museline.models.families.muse_spark import FAMILY as MUSE_SPARK

FAMILIES: dict[str, Family] = {each.name: each for each in (LLAMA4, MUSE_SPARK, MUSE_GLIMMER)}


def find_family(name: str) -> Family:
    """The family called `name`. Raises ConfigurationError, with the near names, for others."""
    if name not in FAMILIES:
        raise ConfigurationError(
            "there is no such model family", value=name, allowed=near(name, FAMILIES)
        )
    return FAMILIES[name]


__all__ = ["FAMILIES", "Family", "find_family"]
