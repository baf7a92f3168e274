"""Examples: the one schema that collect, curate, train and evaluate share, in Parquet."""

from museline.examples.example import DOMAINS, MODALITIES, SPLITS, Example, example_id
from museline.examples.parquet import (
    EXAMPLES_FILE,
    example_schema,
    read_examples,
    read_table,
    to_table,
    write_examples,
    write_table,
)

__all__ = [
    "DOMAINS",
    "EXAMPLES_FILE",
    "MODALITIES",
    "SPLITS",
    "Example",
    "example_id",
    "example_schema",
    "read_examples",
    "read_table",
    "to_table",
    "write_examples",
    "write_table",
]
