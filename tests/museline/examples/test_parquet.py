"""Examples come back as they were written, in equal bytes, and wrong files are named."""

import datetime

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museline.errors import DataError
from museline.examples import (
    EXAMPLES_FILE,
    ROW_GROUP,
    Example,
    check_file,
    example_id,
    example_schema,
    read_examples,
    read_table,
    to_table,
    write_batches,
    write_examples,
    write_table,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
EXAMPLES = st.lists(
    st.builds(
        Example,
        id=TEXT,
        domain=TEXT,
        family=TEXT,
        modality=TEXT,
        source=TEXT,
        licence=TEXT,
        prompt=TEXT,
        answer=TEXT,
        parameters=TEXT,
        image=st.none() | st.binary(max_size=4),
        entity=st.none() | TEXT,
        event_time=st.none()
        | st.datetimes(
            min_value=datetime.datetime(1900, 1, 1),
            max_value=datetime.datetime(2100, 1, 1),
            timezones=st.just(datetime.UTC),
        ),
        difficulty=st.none() | st.floats(0, 1),
        split=st.none() | st.sampled_from(["train", "evaluation"]),
    ),
    max_size=5,
)


def example(number):
    return Example(
        id=f"{number:06}", domain="d", family="f", modality="text", source="s", licence="l",
        prompt=f"p{number}", answer="a",
    )  # fmt: skip


@settings(deadline=None)
@given(EXAMPLES)
def test_examples_come_back_as_they_were_written(tmp_path_factory, examples):
    folder = tmp_path_factory.mktemp("examples")
    write_examples(folder / EXAMPLES_FILE, examples)
    assert read_examples(folder) == read_examples(folder / EXAMPLES_FILE) == examples
    assert check_file(folder) == len(examples)


def test_bytes_do_not_depend_on_how_the_rows_arrive(tmp_path):
    examples = [example(number) for number in range(2 * ROW_GROUP + 10)]
    table = to_table(examples)
    write_table(tmp_path / "whole", table)
    pieces = [table.slice(at, 999) for at in range(0, table.num_rows, 999)]
    assert write_batches(tmp_path / "pieces", iter(pieces)) == len(examples)
    write_examples(tmp_path / "single", iter(examples))
    whole = (tmp_path / "whole").read_bytes()
    assert (tmp_path / "pieces").read_bytes() == whole
    assert (tmp_path / "single").read_bytes() == whole
    metadata = parquet.ParquetFile(tmp_path / "whole").metadata
    assert [metadata.row_group(each).num_rows for each in range(3)] == [ROW_GROUP, ROW_GROUP, 10]


def test_rows_that_fail_in_the_middle_leave_the_old_file(tmp_path):
    path = tmp_path / EXAMPLES_FILE
    write_examples(path, [example(1)])

    def broken():
        yield example(2)
        raise DataError("line 3 is broken")

    with pytest.raises(DataError, match="line 3"):
        write_examples(path, broken())
    assert [each.id for each in read_examples(path)] == ["000001"]
    assert list(tmp_path.iterdir()) == [path]


def test_missing_columns_are_named(tmp_path):
    table = to_table([example(1)]).drop_columns(["prompt", "licence"])
    parquet.write_table(table, tmp_path / EXAMPLES_FILE)
    for look in (read_table, check_file):
        with pytest.raises(DataError, match="lacks the columns licence, prompt") as caught:
            look(tmp_path)
        assert "columns id, domain" in str(caught.value)


def test_other_columns_are_left_out(tmp_path):
    table = to_table([example(1)]).append_column("more", pa.array([1]))
    parquet.write_table(table, tmp_path / EXAMPLES_FILE)
    assert read_table(tmp_path).schema == example_schema()


def test_what_is_no_parquet_file_is_named(tmp_path):
    with pytest.raises(DataError, match="no file of examples here"):
        read_table(tmp_path)
    (tmp_path / EXAMPLES_FILE).write_text("id,prompt\n")
    with pytest.raises(DataError, match="not Parquet"):
        read_table(tmp_path)


def test_an_id_follows_the_content():
    ids = {
        example_id("s", "p", "a"),
        example_id("t", "p", "a"),
        example_id("s", "p", "b"),
        example_id("s", "pa", ""),
        example_id("s", "p", "a", b"image"),
    }
    assert len(ids) == 5
    assert all(len(each) == 20 for each in ids)
    assert example_id("s", "p", "a") == example_id("s", "p", "a", None)
