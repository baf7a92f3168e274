"""What has its final name is whole, whatever happens to the one who writes it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from museline.storage import link_file, staged_folder, write_bytes, write_text

KILLED_IN_THE_MIDDLE = """
import os, sys, time
from pathlib import Path
from museline.storage import atomic
def slow_sync(descriptor):
    print("written", flush=True)
    time.sleep(60)
os.fsync = slow_sync
atomic.write_bytes(Path(sys.argv[1]), b"new" * 100_000)
"""


def kill_after_line(arguments):
    """Start Python with `arguments`, wait for its first line, kill it by signal 9."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return line.strip()


def test_a_writer_killed_in_the_middle_leaves_the_old_file(tmp_path):
    path = tmp_path / "card.json"
    write_text(path, "old")
    assert kill_after_line(["-c", KILLED_IN_THE_MIDDLE, str(path)]) == "written"
    assert path.read_text() == "old"
    write_text(path, "newer")
    assert path.read_text() == "newer"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "card.json"
    write_bytes(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("broken")))
    with pytest.raises(OSError, match="broken"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made_and_others_may_read(tmp_path):
    path = tmp_path / "a" / "b" / "file"
    write_text(path, "ü")
    assert path.read_bytes() == "ü".encode()
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_staged_folder_appears_whole(tmp_path):
    final = tmp_path / "out"
    with staged_folder(final) as partial:
        (partial / "one").write_text("1")
        assert not final.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
    with staged_folder(final) as partial:
        assert list(partial.iterdir()) == []
        (partial / "two").write_text("2")
    assert [each.name for each in final.iterdir()] == ["two"]
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def _write_and_fail(path):
    path.write_text("1")
    raise RuntimeError


@pytest.mark.parametrize("keep", [True, False])
def test_a_failed_attempt_leaves_no_final_folder(tmp_path, keep):
    final = tmp_path / "out"
    with pytest.raises(RuntimeError), staged_folder(final, keep=keep) as partial:
        _write_and_fail(partial / "half")
    assert not final.exists()
    with staged_folder(final, keep=keep) as partial:
        assert (partial / "half").exists() is keep


def test_a_link_is_the_same_file_and_replaces_what_was_there(tmp_path):
    source, target = tmp_path / "source", tmp_path / "below" / "target"
    source.write_text("content")
    target.parent.mkdir()
    target.write_text("old")
    link_file(source, target)
    assert target.stat().st_ino == source.stat().st_ino


def test_across_disks_a_link_is_a_copy(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    source = tmp_path / "source"
    source.write_text("content")
    link_file(source, tmp_path / "target")
    assert (tmp_path / "target").read_text() == "content"
    assert (tmp_path / "target").stat().st_ino != source.stat().st_ino


def test_readers_see_the_old_or_the_new_file(tmp_path):
    path = tmp_path / "file"
    write_text(path, "a" * 50_000)
    writer = (
        "import sys\nfrom pathlib import Path\nfrom museline.storage import write_text\n"
        "for n in range(150): write_text(Path(sys.argv[1]), 'ab'[n % 2] * 50_000)"
    )
    with subprocess.Popen([sys.executable, "-c", writer, str(path)]) as process:
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            text = path.read_text()
            assert len(text) == 50_000
            assert len(set(text)) == 1
    assert process.returncode == 0
