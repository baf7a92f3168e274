"""Opens and reads a feature repository (Feast).

The repository is a folder that can be moved: its paths are relative to itself. Each view has a
feature service of the same name, through which training and serving read the same features.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from museline.errors import DataError, near
from museline.extras import require

FEATURE_REPO = "feature_repo"
RECORDS = "records"
ENTITY = "entity"
EVENT_TIME = "event_time"
CONFIGURATION_FILE = "feature_store.yaml"


def import_feast_alone() -> None:
    """Import Feast without torch, which it would load (seconds) and which features do not need.

    For a process with one thread; does nothing where torch or Feast is loaded already.
    """
    if "torch" in sys.modules or "feast" in sys.modules:
        return
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        require("feast", "computing features")
    finally:
        del sys.modules["torch"]


def open_store(folder: Path) -> Any:
    """The Feast store in `folder`, wherever the folder lies now.

    Raises DataError if there is no feature repository.
    """
    if not (folder / CONFIGURATION_FILE).exists():
        raise DataError(
            "there is no feature repository here",
            value=folder,
            mend=f"give the folder {FEATURE_REPO} of a featurize artifact",
        )
    require("feast", "reading features")
    return importlib.import_module("feast").FeatureStore(repo_path=str(folder.absolute()))


def views_of(store: Any) -> dict[str, tuple[str, ...]]:
    """The names of the features of each view."""
    return {
        view.name: tuple(field.name for field in view.features)
        for view in store.list_feature_views()
    }


def views_with(names: Collection[str], views: Mapping[str, Sequence[str]]) -> list[str]:
    """The views that have all features `names`."""
    return [view for view, features in views.items() if set(names) <= set(features)]


def online_values(store: Any, view: str, entity: str) -> dict[str, float]:
    """The newest value of each feature of `view` for `entity`, from the online store.

    Raises DataError for an unknown view, and for an entity without values.
    """
    known = views_of(store)
    if view not in known:
        raise DataError("there is no such feature view", value=view, allowed=near(view, known))
    answer = store.get_online_features(
        features=store.get_feature_service(view), entity_rows=[{ENTITY: entity}]
    ).to_dict()
    values = {name: answer[name][0] for name in known[view]}
    found = {name: value for name, value in values.items() if value is not None}
    if not found:
        raise DataError(
            f"the view {view} has no features for this entity",
            value=entity,
            mend="name an entity that has records, or run featurize with its records",
        )
    return found
