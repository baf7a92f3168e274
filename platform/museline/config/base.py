"""The base of all configurations."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Config(BaseModel):
    """A frozen, typed configuration. A docstring below each field says its unit and meaning."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, use_attribute_docstrings=True
    )

    def outside(self) -> object:
        """What work by this configuration depends on beyond its values, as JSON.

        A configuration that names files returns their digests here, so that a changed file is
        never answered with what was made of the old one.
        """
        return None
