"""Equal inputs are computed once, by one process at a time, and only whole outputs are found."""

import subprocess
import sys

import pytest

from museline.storage import ArtifactStore, Home

COMPUTE = """
import sys, time
from pathlib import Path
from museline.storage import ArtifactStore, Home
root = Path(sys.argv[1])
store = ArtifactStore(Home(root / "home"))
with store.partial("train", "k" * 64) as out:
    if store.find("train", "k" * 64) is None:
        with (root / "computed").open("a") as file:
            file.write("once\\n")
        time.sleep(0.5)
        store.finish(out, "run", 1.0)
print(store.find("train", "k" * 64).run)
"""


@pytest.fixture
def store(tmp_path):
    return ArtifactStore(Home(tmp_path))


def test_what_is_finished_is_found(store):
    assert store.find("curate", "a" * 64) is None
    with store.partial("curate", "a" * 64) as out:
        (out / "file").write_text("content")
        assert store.find("curate", "a" * 64) is None
        store.finish(out, "run-1", 2.34567)
    found = store.find("curate", "a" * 64)
    assert (found.run, found.seconds) == ("run-1", 2.346)
    assert (found.folder / "file").read_text() == "content"
    assert store.find("curate", "b" * 64) is None
    assert store.find("train", "a" * 64) is None


def _write_and_fail(path, text):
    path.write_text(text)
    raise RuntimeError


def test_what_a_failed_attempt_left_is_there_for_the_next(store):
    with pytest.raises(RuntimeError), store.partial("train", "a" * 64) as out:
        _write_and_fail(out / "checkpoint", "step 10")
    assert store.find("train", "a" * 64) is None
    with store.partial("train", "a" * 64) as out:
        assert (out / "checkpoint").read_text() == "step 10"


def test_a_folder_without_provenance_is_not_finished(store):
    store.folder("train", "a" * 64).mkdir(parents=True)
    assert store.find("train", "a" * 64) is None
    with store.partial("train", "a" * 64) as out:
        store.finish(out, "run-2", 1)
    assert store.find("train", "a" * 64).run == "run-2"


def test_two_processes_at_once_compute_once(tmp_path):
    workers = [
        subprocess.Popen([sys.executable, "-c", COMPUTE, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [worker.communicate(timeout=60)[0] for worker in workers]
    assert said == [b"run\n", b"run\n"]
    assert (tmp_path / "computed").read_text() == "once\n"
