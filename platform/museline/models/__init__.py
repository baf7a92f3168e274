"""Models: real architectures of transformers at small sizes, with one tokenizer and processor.

The heavy libraries are imported when a function here is called.
"""

from museline.models.bundle import ModelBundle, build, build_bundle, load, save
from museline.models.families import FAMILIES, Family, find_family
from museline.models.generation import generate
from museline.models.ladder import (
    CANVAS,
    CONTEXT,
    IMAGE_TOKENS,
    PUBLIC_CHECKPOINTS,
    SIZES,
    Size,
)
from museline.models.processor import Encoded, Processor, Prompt
from museline.models.tokens import train_tokenizer

__all__ = [
    "CANVAS",
    "CONTEXT",
    "FAMILIES",
    "IMAGE_TOKENS",
    "PUBLIC_CHECKPOINTS",
    "SIZES",
    "Encoded",
    "Family",
    "ModelBundle",
    "Processor",
    "Prompt",
    "Size",
    "build",
    "build_bundle",
    "find_family",
    "generate",
    "load",
    "save",
    "train_tokenizer",
]
