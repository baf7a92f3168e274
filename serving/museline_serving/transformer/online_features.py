"""Prompts filled from the online store: the serving half of featurize."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from museline.errors import DataError
from museline.features import (
    online_values,
    open_store,
    placeholders,
    render_prompt,
    views_of,
    views_with,
)

FEATURES_FIELD = "features"
"""The extra field of a request: `{"view": ..., "entity": ...}`; the view may be left out."""


class OnlineFeatures:
    """Reads the online store in `feature_repo`, and fills prompts as featurize did for training.

    Feast is imported at the first use (seconds); `open` does that ahead of time. Safe to share
    between threads: Feast's SQLite connection is used by one at a time.
    """

    def __init__(self, feature_repo: Path) -> None:
        self.feature_repo = feature_repo
        self._lock = threading.Lock()
        self._store: Any = None

    def open(self) -> None:
        """Open the store now. Raises DataError if there is none."""
        with self._lock:
            self._opened()

    def fill(self, request_extra: Mapping[str, object] | None, prompt: str) -> str:
        """The prompt with its placeholders filled as the request's extra field says.

        Without the field the prompt is returned as it is. Raises DataError for a field of another
        shape, an unknown view or entity, and a placeholder that the view does not have.
        """
        asked = (request_extra or {}).get(FEATURES_FIELD)
        if asked is None:
            return prompt
        entity, view = _parse(asked)
        return self.render(entity, prompt, view)

    def render(self, entity: str, template: str, view: str | None = None) -> str:
        """`template` with the newest values of `entity`, from `view` or one that has them all.

        Raises DataError as `fill` does.
        """
        names = placeholders(template)
        if not names:
            return template
        with self._lock:
            store = self._opened()
            views = [view] if view else _views_with(store, names)
            for each in views[:-1]:
                with contextlib.suppress(DataError):
                    return render_prompt(template, online_values(store, each, entity))
            return render_prompt(template, online_values(store, views[-1], entity))

    def _opened(self) -> Any:
        if self._store is None:
            self._store = open_store(self.feature_repo)
        return self._store


def _views_with(store: Any, names: Sequence[str]) -> list[str]:
    views = views_of(store)
    found = views_with(names, views)
    if not found:
        raise DataError(
            "no feature view has all placeholders of this prompt",
            value=", ".join(names),
            allowed="; ".join(f"{view}: {', '.join(each)}" for view, each in views.items()),
        )
    return found


def _parse(asked: object) -> tuple[str, str | None]:
    """The entity and the view of a request's extra field."""
    entity = asked.get("entity") if isinstance(asked, Mapping) else None
    view = asked.get("view") if isinstance(asked, Mapping) else None
    if not isinstance(entity, str) or not entity or not isinstance(view, str | None):
        raise DataError(
            f"the field {FEATURES_FIELD} of the request is not understood",
            value=asked,
            allowed='{"view": "NAME", "entity": "NAME"}, where the view may be left out',
        )
    return entity, view
