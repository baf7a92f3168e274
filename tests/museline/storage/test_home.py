"""One home, one writer; the second one is told whom it waits for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from museline.errors import BusyError
from museline.storage import Home, home_lock
from museline.storage.home import HOME_VARIABLE

HOLD = """
import sys
from pathlib import Path
from museline.storage import Home, home_lock
with home_lock(Home(Path(sys.argv[1])), "runs"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_home_comes_from_the_environment_or_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    assert Home.find().root == tmp_path / "home"
    monkeypatch.delenv(HOME_VARIABLE)
    monkeypatch.chdir(tmp_path)
    assert Home.find().root == tmp_path / ".museline"
    monkeypatch.setenv(HOME_VARIABLE, "relative")
    assert Home.find().root == tmp_path / "relative"
    assert not Home.find().root.exists()


def test_a_second_process_is_named_and_its_death_frees_the_home(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError) as caught, home_lock(Home(tmp_path), "runs"):
            pass
        assert f"process {holder.pid}" in str(caught.value)
        assert str(tmp_path) in str(caught.value)
        with home_lock(Home(tmp_path), "rollouts"):  # another purpose is free
            pass
        holder.kill()
    with home_lock(Home(tmp_path), "runs"):
        assert (tmp_path / "runs.owner").read_text() == str(os.getpid())
    assert not (tmp_path / "runs.owner").exists()


def test_the_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(RuntimeError), home_lock(Home(tmp_path), "runs"):
        raise RuntimeError
    with home_lock(Home(tmp_path), "runs"):
        pass


def test_all_folders_lie_below_the_root():
    home = Home(Path("/h"))
    folders = [home.artifacts, home.runs, home.registry, home.keys, home.rollouts, home.quarantine]
    assert len(set(folders)) == 6
    assert all(each.parent == home.root for each in folders)
