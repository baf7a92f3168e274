"""Errors of the rollout itself."""

from __future__ import annotations

from museline.errors import BusyError


class StaleWriterError(BusyError):
    """Another controller has written since this one read: it must not touch any route."""
