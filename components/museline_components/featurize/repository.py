"""Makes a feature repository from files of records, by Feast.

What Feast leaves to its callers, and is done here:
- A historical query drops a row whose entity has records only in its future, instead of leaving it
  empty, and merges rows with equal entity and time: `values_at` asks for distinct pairs, one view
  at a time, and puts what comes back to the rows by their pair.
- The registry remembers the absolute path of the SQLite file at `apply`: it is taken out again, so
  that nothing in the repository depends on where it lies.
- It takes 64-bit numbers only, and no empty cells among whole numbers: a file with others is
  written anew for the repository.
- It prints on standard output while it materializes.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import math
import shutil
from collections.abc import Iterable, Mapping
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
    tables = {view: _read(path) for view, path in records.items()}
    for view, path in records.items():
        _place(path, tables[view], folder / RECORDS / f"{view}.parquet")
    write_text(folder / CONFIGURATION_FILE, STORE_YAML.format(project=config.project))
    store = open_store(folder)
    _apply(store, {view: _features(table) for view, table in tables.items()}, config.project)
    for view, table in tables.items():
        _materialize(store, view, table)
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


def _read(path: Path) -> Any:
    """The records in `path`, with numbers as Feast takes them."""
    pa = require("pyarrow", "reading records")
    import pyarrow.parquet as parquet

    try:
        table = parquet.read_table(path)
    except pa.ArrowInvalid as error:
        raise DataError(f"this file is not Parquet: {error}", value=path) from error
    missing = [name for name in (ENTITY, EVENT_TIME) if name not in table.column_names]
    if missing:
        raise DataError(
            f"the file of records lacks the columns {', '.join(missing)}",
            value=path,
            allowed=f"{ENTITY}, {EVENT_TIME} and one column per feature",
        )
    if not len(table):
        raise DataError("there are no records in this file", value=path)
    return table.cast(pa.schema([_field(table, name, path) for name in table.column_names]))


def _field(table: Any, name: str, path: Path) -> Any:
    """The Arrow field that the column `name` becomes."""
    import pyarrow as pa

    field, column = table.schema.field(name), table[name]
    if name == ENTITY:
        return pa.field(name, pa.string())
    if name == EVENT_TIME:
        return pa.field(name, pa.timestamp("us", tz="UTC"))
    if pa.types.is_integer(field.type) and not column.null_count:
        return pa.field(name, pa.int64())
    if pa.types.is_integer(field.type) or pa.types.is_floating(field.type):
        return pa.field(name, pa.float64())
    raise DataError(
        f"the feature {name} is not a number",
        value=f"{field.type} in {path}",
        allowed="integers and floating-point numbers",
    )


def _place(path: Path, table: Any, target: Path) -> None:
    """Let `target` hold `table`: the file `path` itself where it holds just that."""
    import pyarrow.parquet as parquet

    if parquet.read_schema(path).types == table.schema.types:
        link_file(path, target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, target, compression="zstd")


def _features(table: Any) -> dict[str, bool]:
    """The feature columns of a table of records; whether each holds whole numbers."""
    import pyarrow as pa

    return {
        field.name: pa.types.is_integer(field.type)
        for field in table.schema
        if field.name not in (ENTITY, EVENT_TIME)
    }


def _apply(store: Any, features: Mapping[str, Mapping[str, bool]], project: str) -> None:
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
            ttl=datetime.timedelta(0),  # values never expire
            schema=[*fields, feast.Field(name=ENTITY, dtype=feast.types.String)],
            source=source,
        )
        objects += [feature_view, feast.FeatureService(name=view, features=[feature_view])]
    store.apply(objects)
    store.registry.update_infra(Infra(), project=project, commit=True)


def _materialize(store: Any, view: str, table: Any) -> None:
    """Bring each entity's newest values in `table` into the online store."""
    import pyarrow.compute as compute

    span = compute.min_max(table[EVENT_TIME]).as_py()
    first = span["min"] - datetime.timedelta(seconds=1)  # the range must not be empty
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        store.materialize(first, span["max"], feature_views=[view])


def known_entities(records: Mapping[str, Path]) -> dict[str, set[str]]:
    """The entities of each view."""
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    return {
        view: set(compute.unique(parquet.read_table(path, columns=[ENTITY])[ENTITY]).to_pylist())
        for view, path in records.items()
    }
