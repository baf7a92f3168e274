"""A model with its processor: built, saved and loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from museline.errors import ConfigurationError, DataError, near
from museline.models.families import find_family
from museline.models.ladder import CANVAS, CONTEXT, IMAGE_TOKENS, PUBLIC_CHECKPOINTS, SIZES
from museline.models.libraries import transformers_library
from museline.models.processor import Processor
from museline.models.tokens import SPECIAL_TOKENS, token_id
from museline.storage.atomic import write_text

PROCESSOR_FILE = "museline.json"


@dataclass(frozen=True)
class ModelBundle:
    """A model of transformers with the processor that speaks its form."""

    model: Any
    processor: Processor
    family: str
    size: str

    @property
    def tokenizer(self) -> Any:
        return self.processor.tokenizer


def build(family: str, size: str, tokenizer: Any) -> Any:
    """A model with random weights (of torch's seed) for the tokens of `tokenizer`.

    Raises ConfigurationError for an unknown family or size, and for the sizes that exist only as
    public checkpoints.
    """
    chosen = find_family(family)
    if size in PUBLIC_CHECKPOINTS[family]:
        raise ConfigurationError(
            f"{family} {size} is a public checkpoint, which is served and not built here",
            value=PUBLIC_CHECKPOINTS[family][size],
            allowed="one of " + ", ".join(SIZES),
        )
    if size not in SIZES:
        raise ConfigurationError(
            f"{family} has no such size",
            value=size,
            allowed=near(size, (*SIZES, *PUBLIC_CHECKPOINTS[family])),
        )
    tokens = {each: token_id(tokenizer, each) for each in SPECIAL_TOKENS}
    config = chosen.configure(SIZES[size], {**tokens, "vocabulary": len(tokenizer)})
    return getattr(transformers_library(), chosen.architecture)(config)


def build_bundle(family: str, size: str, tokenizer: Any) -> ModelBundle:
    """As `build`, with its processor."""
    model = build(family, size, tokenizer)
    return ModelBundle(model, Processor(tokenizer, find_family(family)), family, size)


def save(bundle: ModelBundle, folder: Path) -> None:
    """Write the weights (safetensors), the tokenizer and `museline.json` into `folder`.

    transformers' own classes load it. The folder is not whole before this returns: write it aside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bundle.model.save_pretrained(folder)
    bundle.tokenizer.save_pretrained(folder)
    content = {
        "family": bundle.family,
        "size": bundle.size,
        "canvas": CANVAS,
        "image_tokens": IMAGE_TOKENS,
        "context": CONTEXT,
    }
    write_text(folder / PROCESSOR_FILE, json.dumps(content, indent=2) + "\n")


def load(folder: Path, device: str = "cpu") -> ModelBundle:
    """The model in `folder`, ready to answer (evaluation mode) on `device`.

    Raises DataError if the folder is not one that `save` wrote.
    """
    path = folder / PROCESSOR_FILE
    if not path.exists():
        raise DataError("there is no model of ours here", value=folder)
    try:
        content = json.loads(path.read_text())
        family, size = find_family(content["family"]), str(content["size"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(f"this file is broken: {error}", value=path) from error
    transformers = transformers_library()
    kind = getattr(transformers, family.architecture)
    model = kind.from_pretrained(folder, local_files_only=True).to(device).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return ModelBundle(model, Processor(tokenizer, family), family.name, size)
