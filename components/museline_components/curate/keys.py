"""What makes two examples the same: keys of tasks and prompts, n-grams, and signatures.

A short templated prompt is nearly the same text as its neighbour ("12 + 7 =", "12 + 8 =") and yet
another task. So texts alone never decide about generated examples: within a family that has a
solver, the parameters are the task.
"""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from museline.tasks import FAMILIES
from museline_components.curate.batches import hash64

BANDS = 8
_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"\d+")
BOOKKEEPING = ("level", "pool")
"""Parameters that speak about a task and are no part of it."""
_MARKS = re.compile(r"(?<!\d)[.,;:!?\"'’“”]+|[.,;:!?\"'’“”]+(?!\d)")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s]")


def normalise(prompt: str) -> str:
    """Equal for prompts that differ in white space, composed letters and the final mark only.

    Case stays: "3 MW" is not "3 mW".
    """
    return _SPACE.sub(" ", unicodedata.normalize("NFC", prompt)).strip().rstrip(" .?!:")


def numbers(text: str) -> str:
    """The numbers of a text, in order."""
    return " ".join(_NUMBER.findall(text))


def subject(
    image: bytes | None, entity: str | None, event_time: datetime.datetime | None
) -> tuple[bytes, str, str]:
    """What the prompt speaks of beyond its words: the scan, or whose features as of when."""
    return image or b"", entity or "", event_time.isoformat() if event_time else ""


def task_key(family: str, parameters: str, about: tuple[bytes, str, str]) -> int | None:
    """The task itself; None for families without a solver, whose parameters say nothing."""
    if family not in FAMILIES:
        return None
    try:
        value = json.loads(parameters)
    except json.JSONDecodeError:
        value = parameters
    if isinstance(value, dict):
        value = {name: each for name, each in value.items() if name not in BOOKKEEPING}
    return hash64("task", family, json.dumps(value, sort_keys=True), *about)


def prompt_key(prompt: str, about: tuple[bytes, str, str]) -> int:
    """The question as it is asked."""
    return hash64("prompt", normalise(prompt), *about)


def alike_key(prompt: str, answer: str, about: tuple[bytes, str, str]) -> int:
    """Equal for prompts that differ in case and punctuation only, and have the same answer."""
    words = _SPACE.sub(" ", _MARKS.sub(" ", normalise(prompt).casefold())).strip()
    return hash64("alike", words, normalise(answer).casefold(), *about)


def context_key(family: str, prompt: str, answer: str, about: tuple[bytes, str, str]) -> int:
    """What near duplicates must share exactly: numbers, answer, scan, and entity."""
    return hash64("context", family, numbers(prompt), normalise(answer).casefold(), *about)


def shingles(prompt: str, characters: int) -> set[bytes]:
    """The character n-grams of a prompt, without case."""
    text = normalise(prompt).casefold()
    return {text[at : at + characters].encode() for at in range(len(text) - characters + 1)}


def word_ngrams(prompt: str, words: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Hashes of the distinct word n-grams of a prompt; numbers and signs are words."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFC", prompt).casefold())
    grams = {"\0".join(tokens[at : at + words]) for at in range(len(tokens) - words + 1)}
    return np.fromiter((hash64(gram) for gram in sorted(grams)), np.uint64, len(grams))


def worth_comparing(count: int, threshold: float) -> bool:
    """Whether a text of `count` n-grams can reach `threshold` with one that is not equal to it.

    The smallest difference between two texts changes at least one n-gram of each:
    (count - 1) / (count + 1).
    """
    return count > 0 and (count - 1) / (count + 1) >= threshold


def signatures(
    shingle_sets: Iterable[set[bytes]], permutations: int
) -> np.ndarray[Any, np.dtype[np.uint32]]:
    """MinHash signatures, one row of `permutations` numbers per set."""
    from datasketch import MinHash

    rows = [
        minhash.hashvalues.astype(np.uint32)
        for minhash in MinHash.generator(
            shingle_sets, num_perm=permutations, hashfunc=zlib.crc32, scheme="affine32"
        )
    ]
    return np.stack(rows) if rows else np.empty((0, permutations), np.uint32)


def band_keys(
    signature: np.ndarray[Any, np.dtype[np.uint32]], context: int, bands: int = BANDS
) -> list[int]:
    """One key per band of a signature: texts of a high similarity share at least one.

    With 8 numbers in each of 8 bands, similarity 0.9 shares one with probability 0.99 and 0.5
    with 0.03 (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4).
    """
    rows = 8
    return [
        hash64(context.to_bytes(8, "little"), bytes([band]), signature[at : at + rows].tobytes())
        for band, at in enumerate(range(0, bands * rows, rows))
    ]


def low_bytes(signature: np.ndarray[Any, np.dtype[np.uint32]]) -> bytes:
    """A signature shortened to the low 8 bits of each number."""
    return (signature & 0xFF).astype(np.uint8).tobytes()


def similarities(
    one: np.ndarray[Any, np.dtype[np.uint8]], others: np.ndarray[Any, np.dtype[np.uint8]]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Jaccard similarities of a shortened signature [n] with others [rows, n], estimated.

    Unequal numbers share their low 8 bits by chance once in 256, which is taken off
    (b-bit minwise hashing, Li and König, 2010).
    """
    equal = (others == one).mean(axis=1)
    return np.maximum(0.0, (equal - 1 / 256) / (1 - 1 / 256))
