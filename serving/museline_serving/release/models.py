"""The two models of a release, checked before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from museline.errors import ConfigurationError, IntegrityError
from museline.registry import CHAMPION, Registry, public_key_path, verify_folder
from museline.storage import Home
from museline_serving.rollout.plan import RolloutPlan


@dataclass(frozen=True)
class Served:
    """A model version that a server can load. `label` is what its answers name as version."""

    label: str
    folder: Path
    public_key: Path


class Models(Protocol):
    """Where models come from, and where it is kept which one is the champion."""

    def resolve(self, plan: RolloutPlan) -> tuple[Served, Served]:
        """Incumbent and candidate of `plan`, their signatures verified.

        Raises ConfigurationError for an unknown selector or for one model against itself, and
        IntegrityError, which names the file, for a model that is not what was signed.
        """

    def verified(self, model: Served) -> Callable[[], bool]:
        """Tells at each call whether `model` still is what was signed."""

    def promote(self, label: str) -> None:
        """The model `label` becomes the champion; nothing changes if it is already."""


@dataclass(frozen=True)
class RegistryModels:
    """The registry of a home."""

    home: Home

    def resolve(self, plan: RolloutPlan) -> tuple[Served, Served]:
        registry = Registry(self.home)
        found = [registry.find(selector) for selector in (plan.incumbent, plan.candidate)]
        if found[0].version == found[1].version:
            raise ConfigurationError(
                "incumbent and candidate are the same model",
                value=found[0].label,
                allowed="two different versions",
                mend="muse models list",
            )
        key = public_key_path(self.home)
        for each in found:
            verify_folder(each.folder, key)
        incumbent, candidate = (Served(each.label, each.folder, key) for each in found)
        return incumbent, candidate

    def verified(self, model: Served) -> Callable[[], bool]:
        return Verified(model)

    def promote(self, label: str) -> None:
        registry = Registry(self.home)
        entry = registry.find(label)
        if CHAMPION not in entry.aliases:
            registry.set_alias(CHAMPION, entry.version)


class Verified:
    """Whether a model folder still is what was signed: hashed again when a file looks changed."""

    def __init__(self, model: Served) -> None:
        self._model = model
        self._stamp: tuple[tuple[str, int, int], ...] | None = None
        self._holds = False

    def __call__(self) -> bool:
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp, self._holds = stamp, self._verify()
        return self._holds

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        paths = sorted(self._model.folder.rglob("*"))
        found = [(path, path.lstat()) for path in paths if path.exists()]
        return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in found)

    def _verify(self) -> bool:
        try:
            verify_folder(self._model.folder, self._model.public_key)
        except IntegrityError:
            return False
        return True
