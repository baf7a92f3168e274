"""Registered models: versions under one public name, found by alias, name or number."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from museline.cards import ModelCard
from museline.errors import BusyError, ConfigurationError, DataError, IntegrityError, near
from museline.registry.keys import public_key_path
from museline.registry.signing import SIGNATURE_FILE, verify_folder
from museline.registry.store import Store, StoredVersion
from museline.storage.atomic import staged_folder
from museline.storage.digests import digest_file, digest_json
from museline.storage.home import Home

PUBLIC_NAME = "assistant"
CHAMPION = "champion"
CANDIDATE = "candidate"
MODEL_CARD_FILE = "model_card.json"
LOCK_SECONDS = 120.0


@dataclass(frozen=True)
class Entry:
    """A version as the registry lists it, without its files."""

    public_name: str
    version: int
    name: str
    content: str
    folder: Path
    aliases: tuple[str, ...]
    registered_at: float

    @property
    def label(self) -> str:
        """Such as `muse-spark-v2`: what servers name in their response header."""
        return f"{self.name}-v{self.version}"

    @property
    def present(self) -> bool:
        return (self.folder / MODEL_CARD_FILE).is_file()

    @property
    def signed(self) -> bool:
        """Whether a signature lies there; whether it holds, `verify_folder` says."""
        return (self.folder / SIGNATURE_FILE).is_file()


@dataclass(frozen=True)
class RegisteredModel:
    """A version with its card. `folder` is the signed folder in the registry."""

    card: ModelCard
    version: int
    folder: Path
    aliases: tuple[str, ...]
    public_name: str = PUBLIC_NAME

    @property
    def label(self) -> str:
        return f"{self.card.name}-v{self.version}"


@dataclass(frozen=True)
class Registry:
    """The models of one home."""

    home: Home

    def register(self, card: ModelCard, folder: Path, public_name: str = PUBLIC_NAME) -> int:
        """Copy the signed `folder` into the registry as a version, and return its number.

        Equal content (all that the card says but when and in which run) is registered once. A
        kill at any point leaves a state that the next call with the same content completes.
        Raises IntegrityError if a file is not what the card says or the signature does not hold.
        """
        content = content_of(card)
        with self._lock():
            target = self.home.registry / "models" / public_name / content[:24]
            if not self._intact(target):
                self._copy(card, folder, target)
            store = self._store()
            if found := store.find(public_name, content):
                return found.version
            version = store.create(public_name, card.name, content, target)
            store.versions()  # makes the snapshot anew while MLflow is loaded
            return version

    def set_alias(self, alias: str, version: int, public_name: str = PUBLIC_NAME) -> None:
        """Let `alias` mean `version`, and no other one. Raises ConfigurationError for neither."""
        with self._lock():
            known = {
                each.version: each for each in self.entries() if each.public_name == public_name
            }
            if version not in known:
                raise ConfigurationError(
                    "there is no such version to name",
                    value=version,
                    allowed=near(str(version), map(str, known)) if known else "",
                    mend="muse models list",
                )
            if alias not in known[version].aliases:
                store = self._store()
                store.set_alias(public_name, alias, version)
                store.versions()

    def get(self, selector: str, public_name: str = PUBLIC_NAME) -> RegisteredModel:
        """The model that `selector` means: an alias, a number (`2`, `v2`), a label
        (`muse-spark-v2`) or a model's name, of which the newest version counts.

        Verifies nothing: `load_verified` does. Raises ConfigurationError for an unknown selector
        and IntegrityError if the files are gone.
        """
        return self.open(self.find(selector, public_name))

    def find(self, selector: str, public_name: str = PUBLIC_NAME) -> Entry:
        """As `get`, without reading any file of the model."""
        entries = [each for each in self.entries() if each.public_name == public_name]
        if not entries:
            raise ConfigurationError(
                "no model is registered here",
                value=selector,
                mend="muse demo, or muse run training --recipe NAME, registers models",
            )
        return _select(entries, selector)

    def open(self, entry: Entry) -> RegisteredModel:
        """The model of `entry` with its card. Raises IntegrityError if its files are gone."""
        if not entry.present:
            raise IntegrityError(
                f"the files of {entry.label} are gone",
                value=entry.folder,
                mend="bring the folder back from a copy, or run its pipeline again",
            )
        try:
            card = ModelCard.read(entry.folder / MODEL_CARD_FILE)
        except DataError as error:
            raise IntegrityError(
                f"{MODEL_CARD_FILE} of {entry.label} was changed",
                value=entry.folder / MODEL_CARD_FILE,
                mend="bring the folder back from a copy, or run its pipeline again",
            ) from error
        return RegisteredModel(card, entry.version, entry.folder, entry.aliases, entry.public_name)

    def list(self) -> tuple[RegisteredModel, ...]:
        """All models whose files are there, oldest first."""
        return tuple(self.open(each) for each in self.entries() if each.present)

    def entries(self) -> tuple[Entry, ...]:
        """All versions, oldest first, also those whose files are gone."""
        return tuple(self._entry(each) for each in self._store().versions())

    def _store(self) -> Store:
        return Store(self.home.registry)

    def _entry(self, stored: StoredVersion) -> Entry:
        return Entry(
            public_name=stored.public_name,
            version=stored.version,
            name=stored.name,
            content=stored.content,
            folder=self.home.registry / stored.folder,
            aliases=stored.aliases,
            registered_at=stored.registered_at,
        )

    def _intact(self, target: Path) -> bool:
        if not target.exists():
            return False
        try:
            verify_folder(target, public_key_path(self.home))
        except IntegrityError:
            return False
        return True

    def _copy(self, card: ModelCard, folder: Path, target: Path) -> None:
        """Copy aside, check the copy, then rename."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with staged_folder(target) as partial:
            shutil.copytree(folder, partial, dirs_exist_ok=True)
            verify_folder(partial, public_key_path(self.home))
            for name, digest in card.files.items():
                path = partial / name
                if not path.is_file() or digest_file(path) != digest:
                    raise IntegrityError(f"{name} is not what the model's card says", value=folder)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        self.home.registry.mkdir(parents=True, exist_ok=True)
        path = self.home.registry / "registry.lock"
        try:
            with FileLock(path, timeout=LOCK_SECONDS):
                yield
        except Timeout as error:
            raise BusyError(
                "another process has been writing to the registry for two minutes",
                value=path,
                mend="wait for it, or end it; the lock goes with its holder",
            ) from error


def content_of(card: ModelCard) -> str:
    """Digest of what a model is: all that its cards say but when, and in which run, they were
    written."""
    inner = {name: {"created_at"} for name in ("training", "evaluation", "safety")}
    outer = {"created_at": True, "run": True}
    return digest_json(card.model_dump(mode="json", exclude={**outer, **inner}))


def load_verified(
    home: Home, selector: str, public_name: str = PUBLIC_NAME, public_key: Path | None = None
) -> Path:
    """The folder of the model that `selector` means, after its signature was checked.

    Raises what `Registry.get` and `verify_folder` raise.
    """
    folder = Registry(home).find(selector, public_name).folder
    verify_folder(folder, public_key or public_key_path(home))
    return folder


def _select(entries: list[Entry], selector: str) -> Entry:
    """The entry that `selector` means, of at least one. The newest wins where a name is shared."""
    newest_first = sorted(entries, key=lambda each: -each.version)
    number = re.fullmatch(r"v?(\d+)", selector)
    for each in newest_first:
        if selector in each.aliases or selector == each.label:
            return each
    for each in newest_first:
        if selector == each.name or (number and int(number[1]) == each.version):
            return each
    known = {name for each in entries for name in (each.name, each.label, *each.aliases)}
    raise ConfigurationError(
        "there is no such model", value=selector, allowed=near(selector, known)
    )
