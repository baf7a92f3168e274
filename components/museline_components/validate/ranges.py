"""What is possible for the measurements in records, by view and feature: wide, not typical."""

from __future__ import annotations

RANGES: dict[str, dict[str, tuple[float, float]]] = {}
