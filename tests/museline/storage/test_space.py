"""A full disk: nothing half-written has a final name, and the error says what to do."""

import errno
import os
import shutil
import subprocess

import pytest

from museline.errors import StorageError
from museline.storage import staged_folder, storage_errors, write_bytes


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte in memory."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small disk needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_on_a_full_disk_the_old_file_stays_and_the_error_says_what_to_do(small_disk):
    path = small_disk / "card.json"
    write_bytes(path, b"old")
    with pytest.raises(StorageError) as caught, storage_errors(small_disk):
        write_bytes(path, b"x" * 3_000_000)
    assert path.read_bytes() == b"old"
    assert [each.name for each in small_disk.iterdir()] == ["card.json"]
    said = str(caught.value)
    assert "the disk is full" in said
    assert str(small_disk) in said
    assert "MB free" in said
    assert "run the same command again" in said


def test_a_full_disk_leaves_no_final_folder(small_disk):
    with (
        pytest.raises(StorageError),
        storage_errors(small_disk),
        staged_folder(small_disk / "out") as partial,
    ):
        (partial / "large").write_bytes(b"x" * 3_000_000)
    assert not (small_disk / "out").exists()


def test_examples_on_a_full_disk(small_disk):
    import dataclasses

    from museline.examples import EXAMPLES_FILE, write_examples
    from museline.tasks import FAMILIES

    one = next(iter(FAMILIES["arithmetic"].generate(1, 1)))
    rows = (dataclasses.replace(one, id=str(each), image=os.urandom(1000)) for each in range(9000))
    with pytest.raises(StorageError, match="disk is full"), storage_errors(small_disk):
        write_examples(small_disk / EXAMPLES_FILE, rows)
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "full"), (errno.EDQUOT, "quota"), (errno.EROFS, "read-only")],
)
def test_each_kind_of_refusal_is_named(tmp_path, number, words):
    with pytest.raises(StorageError, match=words) as caught, storage_errors(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "no" / "such" / "file"))
    assert str(tmp_path / "no" / "such" / "file") in str(caught.value)


def test_other_errors_pass(tmp_path):
    with pytest.raises(PermissionError), storage_errors(tmp_path):
        raise PermissionError(errno.EACCES, "no")
