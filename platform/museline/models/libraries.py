"""Brings in the heavy libraries, when they are first used."""

from __future__ import annotations

import os
from types import ModuleType

from museline.extras import require


def transformers_library() -> ModuleType:
    """transformers, told before its import never to look at a hub."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    library = require("transformers", "a model")
    library.utils.logging.disable_progress_bar()
    return library


def torch_library() -> ModuleType:
    return require("torch", "a model")
