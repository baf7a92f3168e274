"""The container image of the steps on a cluster. Embedded runs use none."""

from __future__ import annotations

import os

from museline import __version__

IMAGE_VARIABLE = "MUSELINE_IMAGE"


def image() -> str:
    """`$MUSELINE_IMAGE`, else the image of this version; a fixed tag, so that nodes cache it."""
    return os.environ.get(IMAGE_VARIABLE) or f"museline-python:{__version__}"
