"""One row of a user's file as an example."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from museline.errors import near
from museline.examples import DOMAINS, Example, example_id
from museline.extras import require

JSONL = (".jsonl", ".ndjson")
PARQUET = (".parquet",)
COLUMNS = ("prompt", "answer", "domain", "modality", "licence", "source", "image")
_IMAGE = "the path of an image beside the file, or an image in base64"


class BadRow(Exception):  # noqa: N818 - a finding about data, not an error of the program
    """`reason` says what is wrong with a row, `expected` what would be right.

    What a reason says before its first colon is its kind, by which such rows are counted.
    """

    def __init__(self, reason: str, expected: str) -> None:
        self.reason, self.expected = reason, expected
        super().__init__(reason)


def example_of(values: Mapping[str, Any], file: Path, labels: tuple[str, ...]) -> Example:
    """The example of the row `values` of `file`. Raises BadRow if it cannot be used."""
    prompt, answer = _text(values, "prompt"), _text(values, "answer")
    if labels and answer not in labels:
        raise BadRow(
            f"the answer is not an allowed label: {answer!r}", "one of " + ", ".join(labels)
        )
    source = _text(values, "source", file.name)
    image = _image(values.get("image"), file)
    return Example(
        id=example_id(source, prompt, answer, image),
        domain=_choice(values, "domain", DOMAINS, "custom"),
        family="user",
        modality=_modality(values, image),
        source=source,
        licence=_text(values, "licence", "unspecified"),
        prompt=prompt,
        answer=answer,
        image=image,
    )


def _text(values: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = values.get(name)
    if value is None and default is not None:
        return default
    if value is None:
        raise BadRow(
            f"there is no {name!r}",
            f"the key {name!r}; this row has {', '.join(map(str, values)) or 'no keys'}",
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise BadRow(f"{name!r} is a {type(value).__name__}", "a text or a number")
    if not value.strip():
        raise BadRow(f"{name!r} is empty", "a text")
    if not _is_unicode(value):
        raise BadRow(f"{name!r} has half a surrogate pair", "whole characters")
    return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _choice(values: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = _text(values, name, default)
    if value not in allowed:
        raise BadRow(f"{name!r} is not known: {value!r}", near(value, allowed))
    return value


def _modality(values: Mapping[str, Any], image: bytes | None) -> str:
    found = "image" if image else "text"
    named = _choice(values, "modality", ("text", "image"), found)
    if named != found:
        raise BadRow(
            f"'modality' does not fit: {named!r}, but there is {'an' if image else 'no'} image",
            found,
        )
    return found


def _image(value: object, file: Path) -> bytes | None:
    """The PNG of an image given as a path, base64, bytes, or a struct with `bytes` or `path`."""
    if isinstance(value, Mapping):
        value = value.get("bytes") or value.get("path")
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = _image_bytes(value, file)
    if not isinstance(value, bytes):
        raise BadRow(f"'image' is a {type(value).__name__}", _IMAGE)
    return _png(value)


def names_a_file(image: str) -> bool:
    """Whether the text is a file's name: it has a full stop, which base64 never has."""
    return "." in image and not image.startswith("data:")


def _image_bytes(text: str, file: Path) -> bytes:
    if names_a_file(text):
        path = file.parent / text
        try:
            return path.read_bytes()
        except (OSError, ValueError) as error:
            raise BadRow(f"'image' cannot be read: {error}", _IMAGE) from error
    try:
        return base64.b64decode(text.rpartition("base64,")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRow("'image' is neither a file's name nor base64", _IMAGE) from error


def _png(data: bytes) -> bytes:
    """A PNG stays as it is; other formats are converted."""
    image = require("PIL.Image", "reading images")
    try:
        opened = image.open(io.BytesIO(data))
        opened.load()
    except (OSError, ValueError, SyntaxError, image.DecompressionBombError) as error:
        raise BadRow(f"'image' cannot be opened: {error}", "a PNG, JPEG or other image") from error
    if opened.format == "PNG":
        return data
    kept = opened if opened.mode in ("L", "RGB", "RGBA") else opened.convert("RGB")
    file = io.BytesIO()
    kept.save(file, format="PNG")
    return file.getvalue()
