"""Signatures: what they accept, and every way of tampering that they refuse by name."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from museline.errors import IntegrityError
from museline.registry.keys import ensure_keys, private_key_path, public_key_path
from museline.registry.signing import SIGNATURE_FILE, sign_folder, signed_digests, verify_folder
from museline.storage import Home, digest_file


@pytest.fixture
def own_home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path, own_home: Home) -> Path:
    made = tmp_path / "model"
    (made / "shards").mkdir(parents=True)
    (made / "config.json").write_text('{"layers": 3}')
    (made / "shards" / "one.safetensors").write_bytes(bytes(range(256)))
    (made / ".gitattributes").write_text("* -text")
    sign_folder(made, own_home)
    return made


def test_an_untouched_folder_is_accepted_wherever_it_lies(folder: Path, own_home: Home) -> None:
    moved = folder.rename(folder.with_name("elsewhere"))
    verify_folder(moved, public_key_path(own_home))
    assert signed_digests(moved / SIGNATURE_FILE) == {
        name: digest_file(moved / name)
        for name in (".gitattributes", "config.json", "shards/one.safetensors")
    }


def flip_a_bit(folder: Path) -> None:
    path = folder / "shards" / "one.safetensors"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def truncate(folder: Path) -> None:
    (folder / "config.json").write_text("")


def remove(folder: Path) -> None:
    (folder / "config.json").unlink()


def add(folder: Path) -> None:
    (folder / "shards" / "two.safetensors").write_bytes(b"")


def add_what_git_ignores(folder: Path) -> None:
    (folder / ".gitignore").write_text("*")


def rename(folder: Path) -> None:
    (folder / "config.json").rename(folder / "config2.json")


def link(folder: Path) -> None:
    target = (folder / "config.json").rename(folder.parent / "outside.json")
    (folder / "config.json").symlink_to(target)


def edit_a_hidden_file(folder: Path) -> None:
    (folder / ".gitattributes").write_text("")


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (flip_a_bit, ["shards/one.safetensors was changed"]),
        (truncate, ["config.json was changed"]),
        (remove, ["config.json is missing"]),
        (add, ["shards/two.safetensors was added"]),
        (add_what_git_ignores, [".gitignore was added"]),
        (rename, ["config.json is missing", "config2.json was added"]),
        (link, ["config.json is a link"]),
        (edit_a_hidden_file, [".gitattributes was changed"]),
    ],
)
def test_tampering_is_refused_by_name(
    folder: Path, own_home: Home, tamper: Callable[[Path], None], says: list[str]
) -> None:
    tamper(folder)
    with pytest.raises(IntegrityError) as caught:
        verify_folder(folder, public_key_path(own_home))
    for part in says:
        assert part in caught.value.what


def test_all_changes_are_named_at_once(folder: Path, own_home: Home) -> None:
    flip_a_bit(folder)
    remove(folder)
    add(folder)
    with pytest.raises(IntegrityError) as caught:
        verify_folder(folder, public_key_path(own_home))
    assert caught.value.what == (
        "the model is not what was signed: shards/one.safetensors was changed; "
        "config.json is missing; shards/two.safetensors was added"
    )


def test_a_missing_signature_is_refused(folder: Path, own_home: Home) -> None:
    (folder / SIGNATURE_FILE).unlink()
    with pytest.raises(IntegrityError, match="not signed"):
        verify_folder(folder, public_key_path(own_home))


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b"[]", b'{"dsseEnvelope": {}}'])
def test_a_broken_signature_is_refused(folder: Path, own_home: Home, content: bytes) -> None:
    (folder / SIGNATURE_FILE).write_bytes(content)
    with pytest.raises(IntegrityError, match=SIGNATURE_FILE):
        verify_folder(folder, public_key_path(own_home))


def test_a_forged_list_of_digests_is_refused(folder: Path, own_home: Home) -> None:
    """The forger changes a file and its digest in the signed statement, but has no key."""
    flip_a_bit(folder)
    path = folder / SIGNATURE_FILE
    bundle = json.loads(path.read_bytes())
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    for each in statement["predicate"]["resources"]:
        each["digest"] = digest_file(folder / each["name"])
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    bundle["dsseEnvelope"]["payload"] = payload
    path.write_text(json.dumps(bundle))
    with pytest.raises(IntegrityError, match="not what the key signed"):
        verify_folder(folder, public_key_path(own_home))


def test_another_key_is_refused(folder: Path, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    ensure_keys(other)
    with pytest.raises(IntegrityError, match="signed by another key"):
        verify_folder(folder, public_key_path(other))


def test_missing_folder_and_key_are_named(folder: Path, own_home: Home, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="no model folder"):
        verify_folder(tmp_path / "nowhere", public_key_path(own_home))
    with pytest.raises(IntegrityError, match="no public key"):
        verify_folder(folder, tmp_path / "nowhere.pub")


def test_signing_again_replaces_the_signature(folder: Path, own_home: Home) -> None:
    flip_a_bit(folder)
    sign_folder(folder, own_home)
    verify_folder(folder, public_key_path(own_home))


def test_the_private_key_is_for_its_owner_and_is_kept(own_home: Home) -> None:
    private = ensure_keys(own_home)
    assert private == private_key_path(own_home)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(own_home.keys.stat().st_mode) == 0o700
    before = private.read_bytes()
    ensure_keys(own_home)
    assert private.read_bytes() == before


def test_a_lost_public_half_comes_back(own_home: Home) -> None:
    """As after a kill between the two writes."""
    ensure_keys(own_home)
    before = public_key_path(own_home).read_bytes()
    public_key_path(own_home).unlink()
    ensure_keys(own_home)
    assert public_key_path(own_home).read_bytes() == before


def test_a_broken_private_key_is_named_and_not_replaced(own_home: Home) -> None:
    private = ensure_keys(own_home)
    private.write_text("not a key")
    with pytest.raises(IntegrityError, match="signing key cannot be read"):
        ensure_keys(own_home)
    assert private.read_text() == "not a key"
