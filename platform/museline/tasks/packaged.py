"""The tables that scikit-learn ships, read from its files.

Importing scikit-learn takes seconds of processor time in every process that solves or checks an
example, and reading a table of 1,800 rows takes a few milliseconds.
"""

from __future__ import annotations

import gzip
import importlib.util
from functools import lru_cache
from pathlib import Path

from museline.errors import DataError
from museline.extras import missing_extra


@lru_cache
def packaged_rows(name: str, separator: str = ",") -> tuple[tuple[float, ...], ...]:
    """The rows of numbers in the file `name`; lines with other words (headings) are left out.

    Raises MissingExtraError without scikit-learn, DataError if this version has no such file.
    """
    found = importlib.util.find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise missing_extra("sklearn", "the data sets of scikit-learn")
    path = Path(found.submodule_search_locations[0]) / "datasets" / "data" / name
    if not path.exists():
        raise DataError(
            "this version of scikit-learn has no such table",
            value=path,
            mend="pip install 'scikit-learn>=1.5,<1.10'",
        )
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    rows = (_numbers(line.strip().split(separator)) for line in text.splitlines())
    return tuple(row for row in rows if row)


def _numbers(fields: list[str]) -> tuple[float, ...]:
    try:
        return tuple(map(float, fields))
    except ValueError:
        return ()
