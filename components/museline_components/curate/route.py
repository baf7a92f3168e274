"""Route: each example to train, validation, evaluation or quarantine."""

from __future__ import annotations

from typing import Any

from museline.examples import SPLITS
from museline.tasks import FAMILIES, pool_of
from museline_components.curate import batches
from museline_components.curate.config import Routing


def route(table: Any, config: Routing) -> Any:
    """The batch with `split` set for every row.

    Poor quality and tasks that their own solver cannot solve go to quarantine. Raw material that
    belongs to a pool (scans of digits) goes there, and a split that came with the data stays. For
    the rest a stable hash decides: of the image, or of the entity for tables, so that neither is in
    two splits, else of the id.
    """
    names = ("id", "image", "entity", "split", "quality", "unsolvable")
    columns = (table[name].to_pylist() for name in names)
    pools = _pools(table)
    splits = []
    for row, pool in zip(zip(*columns, strict=True), pools, strict=True):
        identity, image, entity, given, quality, unsolvable = row
        if unsolvable or quality < config.minimum_quality:
            splits.append("quarantine")
        elif pool in SPLITS:
            splits.append(pool)
        elif given in SPLITS:
            splits.append(given)
        else:
            splits.append(by_hash(image or entity or identity, config))
    return batches.with_column(table, "split", splits)


def by_hash(key: str | bytes, config: Routing) -> str:
    """The split of `key`: always the same for the same salt and shares."""
    share = batches.hash64(config.salt, key) / 2**64
    if share < config.evaluation:
        return "evaluation"
    return "validation" if share < config.evaluation + config.validation else "train"


def _pools(table: Any) -> list[str | None]:
    """Per row, the pool that its material belongs to."""
    pools: list[str | None] = [None] * table.num_rows
    columns = (table[name].to_pylist() for name in ("family", "parameters", "unsolvable"))
    pooled = [
        index
        for index, (family, parameters, unsolvable) in enumerate(zip(*columns, strict=True))
        if family in FAMILIES and '"pool"' in parameters and not unsolvable
    ]
    for index, example in zip(pooled, batches.examples(table, pooled), strict=True):
        pools[index] = pool_of(example)
    return pools
