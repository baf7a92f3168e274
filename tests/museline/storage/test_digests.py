"""Digests say whether content is equal."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from museline.storage import digest_file, digest_folder, digest_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_a_files_digest_is_its_sha_256(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    assert digest_file(tmp_path / "file") == hashlib.sha256(b"content").hexdigest()


def test_a_folders_digest_follows_names_and_contents(tmp_path):
    def digest():
        return digest_folder(tmp_path, "**/*.py")

    (tmp_path / "a.py").write_text("1")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "b.py").write_text("2")
    seen = [digest()]
    (tmp_path / "note.txt").write_text("not counted")
    assert digest() == seen[0]
    (tmp_path / "below" / "b.py").write_text("3")
    seen.append(digest())
    (tmp_path / "below" / "b.py").rename(tmp_path / "below" / "c.py")
    seen.append(digest())
    (tmp_path / "a.py").rename(tmp_path / "below" / "a.py")
    seen.append(digest())
    assert len(set(seen)) == 4


@given(JSON, JSON)
def test_json_values_are_equal_where_their_digests_are(one, other):
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest_json(one) == digest_json(other)) == same


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_keys_does_not_matter(value):
    assert digest_json(value) == digest_json(dict(reversed(value.items())))
