"""What all cards have in common."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from museline.errors import DataError
from museline.storage.atomic import write_text
from museline.storage.digests import digest_json

CARD_FILE = "card.json"
_C = TypeVar("_C", bound="Card")


class CardPart(BaseModel):
    """A value inside a card: immutable, with no field beyond those it declares."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CardReference(CardPart):
    """Names another card by its kind and digest."""

    kind: str
    digest: str


class Interval(CardPart):
    """An estimate with the bounds of its confidence interval (95 % unless said otherwise)."""

    value: float
    low: float
    high: float


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Card(CardPart):
    """A document written once. `kind` is set by each class and stored with it."""

    KIND: ClassVar[str]

    kind: str = ""
    schema_version: int = 1
    created_at: datetime.datetime = Field(default_factory=_now)
    parents: tuple[CardReference, ...] = ()

    def model_post_init(self, context: object, /) -> None:
        if not self.kind:
            object.__setattr__(self, "kind", self.KIND)
        elif self.kind != self.KIND:
            raise ValueError(f"this is a {self.kind}, not a {self.KIND}")

    def digest(self) -> str:
        """Digest of what the card says; when it was written does not count."""
        return digest_json(self.model_dump(mode="json", exclude={"created_at"}))

    def reference(self) -> CardReference:
        return CardReference(kind=self.KIND, digest=self.digest())

    def write(self, folder: Path) -> Path:
        """Write `card.json` into `folder`, whole or not at all."""
        path = folder / CARD_FILE
        write_text(path, self.model_dump_json(indent=2) + "\n")
        return path

    @classmethod
    def read(cls: type[_C], folder: Path) -> _C:
        """The card in `folder` (or at the path of the card itself).

        Raises DataError if there is none or if it is not a card of this kind.
        """
        return read_card(folder, cls)


def read_card(folder: Path, kind: type[_C]) -> _C:
    """As `kind.read(folder)`."""
    path = folder if folder.is_file() else folder / CARD_FILE
    if not path.exists():
        raise DataError(f"there is no {kind.KIND} here", value=path)
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(f"this file is not a {kind.KIND}: {error}", value=path) from error
