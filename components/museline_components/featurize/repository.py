"""Makes a feature repository from files of records, by Feast.

What Feast leaves to its callers, and is done here:
- A historical query drops a row whose entity has records only in its future, instead of leaving it
  empty, and merges rows with equal entity and time: `values_at` asks for distinct pairs, one view
  at a time, and puts what comes back to the rows by their pair.
- The registry remembers the absolute path of the SQLite file at `apply`: it is taken out again, so
  that nothing in the repository depends on where it lies.
- Feast prints on standard output while it materializes.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import math
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from museline.errors import DataError
from museline.extras import require
from museline.features import ENTITY, EVENT_TIME, RECORDS, import_feast_alone, open_store, views_of
from museline.features.store import CONFIGURATION_FILE
from museline.storage import link_file, write_text
from museline_components.featurize.config import Configuration

Moment = tuple[str, datetime.datetime]
"""An entity and a time (UTC)."""

STORE_YAML = """\
project: {project}
provider: local
registry:
  path: registry.db
  cache_ttl_seconds: 0
online_store:
  type: sqlite
  path: online_store.db
offline_store:
  type: dask
auth:
  type: no_auth
entity_key_serialization_version: 3
"""


def make_repository(folder: Path, records: Mapping[str, Path], config: Configuration) -> Any:
    """A repository in `folder` with one view and one service for each file of `records`.

    What is in `folder` is replaced. The online store holds each entity's newest values. Returns the
    opened Feast store. Raises DataError for a file that is no table of records.
    """
    import_feast_alone()
    shutil.rmtree(folder, ignore_errors=True)
    for view, path in records.items():
        link_file(path, folder / RECORDS / f"{view}.parquet")
    write_text(folder / CONFIGURATION_FILE, STORE_YAML.format(project=config.project))
    store = open_store(folder)
    _apply(store, {view: _features(path) for view, path in records.items()}, config)
    for view, path in records.items():
        _materialize(store, view, *_time_range(path))
    return store


def values_at(
    store: Any, view: str, moments: Iterable[Moment]
) -> dict[Moment, dict[str, float | None]]:
    """The values of `view` at each moment: of the entity's newest record that is not later.

    Moments without such a record are left out.
    """
    import pandas as pd

    distinct = sorted(set(moments))
    if not distinct:
        return {}
    asked = pd.DataFrame(distinct, columns=[ENTITY, "event_timestamp"])
    asked["event_timestamp"] = pd.to_datetime(asked["event_timestamp"], utc=True)
    names = views_of(store)[view]
    frame = store.get_historical_features(
        entity_df=asked, features=store.get_feature_service(view)
    ).to_df()
    values = {
        (row[ENTITY], row["event_timestamp"].to_pydatetime()): {
            name: _number(row[name]) for name in names
        }
        for row in frame.to_dict("records")
    }
    return {
        moment: each for moment, each in values.items() if any(v is not None for v in each.values())
    }


def _number(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else value


def _features(path: Path) -> dict[str, bool]:
    """The feature columns of a file of records; whether each holds whole numbers."""
    pa = require("pyarrow", "reading records")
    import pyarrow.parquet as parquet

    try:
        schema = parquet.read_schema(path)
    except pa.ArrowInvalid as error:
        raise DataError(f"this file is not Parquet: {error}", value=path) from error
    missing = [name for name in (ENTITY, EVENT_TIME) if name not in schema.names]
    if missing:
        raise DataError(
            f"the file of records lacks the columns {', '.join(missing)}",
            value=path,
            allowed=f"{ENTITY}, {EVENT_TIME} and one column per feature",
        )
    features = {}
    for field in schema:
        if field.name in (ENTITY, EVENT_TIME):
            continue
        if not (pa.types.is_integer(field.type) or pa.types.is_floating(field.type)):
            raise DataError(
                f"the feature {field.name} is not a number",
                value=f"{field.type} in {path}",
                allowed="integers and floating-point numbers",
            )
        features[field.name] = pa.types.is_integer(field.type)
    return features


def _time_range(path: Path) -> tuple[datetime.datetime, datetime.datetime]:
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    times = parquet.read_table(path, columns=[EVENT_TIME])[EVENT_TIME]
    if not len(times):
        raise DataError("there are no records in this file", value=path)
    span = compute.min_max(times).as_py()
    return span["min"], span["max"]


def _apply(store: Any, features: Mapping[str, Mapping[str, bool]], config: Configuration) -> None:
    import feast
    from feast.infra.infra_object import Infra
    from feast.types import Float64, Int64

    entity = feast.Entity(name=ENTITY, join_keys=[ENTITY], value_type=feast.ValueType.STRING)
    objects: list[Any] = [entity]
    for view, columns in features.items():
        source = feast.FileSource(
            name=view, path=f"{RECORDS}/{view}.parquet", timestamp_field=EVENT_TIME
        )
        fields = [
            feast.Field(name=name, dtype=Int64 if whole else Float64)
            for name, whole in columns.items()
        ]
        feature_view = feast.FeatureView(
            name=view,
            entities=[entity],
            ttl=datetime.timedelta(days=config.newest_days),
            schema=[*fields, feast.Field(name=ENTITY, dtype=feast.types.String)],
            source=source,
        )
        objects += [feature_view, feast.FeatureService(name=view, features=[feature_view])]
    store.apply(objects)
    store.registry.update_infra(Infra(), project=config.project, commit=True)


def _materialize(store: Any, view: str, first: datetime.datetime, last: datetime.datetime) -> None:
    """Bring each entity's newest values into the online store; both times are included."""
    margin = datetime.timedelta(seconds=1)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        store.materialize(first - margin, last, feature_views=[view])


def known_entities(records: Mapping[str, Path]) -> dict[str, set[str]]:
    """The entities of each view."""
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    return {
        view: set(compute.unique(parquet.read_table(path, columns=[ENTITY])[ENTITY]).to_pylist())
        for view, path in records.items()
    }


def by_view(moments: Sequence[tuple[str | None, Moment]]) -> dict[str, list[Moment]]:
    """Moments grouped by view; those without a view are left out."""
    groups: dict[str, list[Moment]] = {}
    for view, moment in moments:
        if view is not None:
            groups.setdefault(view, []).append(moment)
    return groups
