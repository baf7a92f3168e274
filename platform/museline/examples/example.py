"""One example: a prompt with its answer, and where it comes from."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass

DOMAINS = ("mathematics", "science", "health", "planning", "everyday", "code", "vision", "custom")
MODALITIES = ("text", "image", "table")
SPLITS = ("train", "validation", "evaluation", "quarantine")


@dataclass(frozen=True, slots=True)
class Example:
    """A row of the one schema.

    `family` names the task family that can solve and check it (museline.tasks), or is "user" or
    the name of a data set. `parameters` is the JSON from which the family's solver finds the true
    answer, without reading the prompt. `image` is a PNG. `entity` and `event_time` (UTC) say whose
    features, as of when, fill the `{name}` placeholders of a table example's prompt. `difficulty`
    and `quality` (0 to 1) and `split` are set by curate.
    """

    id: str
    domain: str
    family: str
    modality: str
    source: str
    licence: str
    prompt: str
    answer: str
    parameters: str = "{}"
    image: bytes | None = None
    entity: str | None = None
    event_time: datetime.datetime | None = None
    difficulty: float | None = None
    quality: float | None = None
    split: str | None = None


def example_id(source: str, prompt: str, answer: str, image: bytes | None = None) -> str:
    """A stable id from the content: 20 hexadecimal characters of SHA-256."""
    whole = hashlib.sha256(f"{source}\0{prompt}\0{answer}\0".encode())
    whole.update(image or b"")
    return whole.hexdigest()[:20]
