"""Anything that fsspec opens becomes a local file; what is not there is named."""

import fsspec
import pytest

from museline.errors import DataError
from museline.storage import fetch_uri


def test_a_local_path_is_itself(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text("{}")
    assert fetch_uri(str(path), tmp_path / "copy") == path
    assert fetch_uri(f"file://{path}", tmp_path / "copy") == path
    assert not (tmp_path / "copy").exists()


def test_another_place_is_copied(tmp_path):
    with fsspec.open("memory://bucket/data.jsonl", "w") as file:
        file.write("{}")
    found = fetch_uri("memory://bucket/data.jsonl", tmp_path / "copy")
    assert found == tmp_path / "copy" / "data.jsonl"
    assert found.read_text() == "{}"


@pytest.mark.parametrize("uri", ["memory://nothing/here.jsonl", "nowhere.jsonl"])
def test_what_is_not_there_is_named(tmp_path, uri):
    with pytest.raises(DataError, match=uri.rsplit("/", maxsplit=1)[-1]):
        fetch_uri(uri, tmp_path)
