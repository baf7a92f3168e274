"""Examples: the one schema that collect, curate, train and evaluate share, in Parquet."""

from museline.examples.example import DOMAINS, MODALITIES, SPLITS, Example, example_id
from museline.examples.parquet import (
    EXAMPLES_FILE,
    ROW_GROUP,
    check_file,
    example_schema,
    read_examples,
    read_table,
    to_table,
    write_batches,
    write_examples,
    write_table,
)

__all__ = [
    "DOMAINS",
    "EXAMPLES_FILE",
    "MODALITIES",
    "ROW_GROUP",
    "SPLITS",
    "Example",
    "check_file",
    "example_id",
    "example_schema",
    "read_examples",
    "read_table",
    "to_table",
    "write_batches",
    "write_examples",
    "write_table",
]
