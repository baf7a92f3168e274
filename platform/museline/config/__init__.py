"""Configuration: frozen values with type-checked overrides, and profiles from museline.toml."""

from museline.config.base import Config
from museline.config.overrides import apply_overrides
from museline.config.profiles import Profile, load_profile

__all__ = ["Config", "Profile", "apply_overrides", "load_profile"]
