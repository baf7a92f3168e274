"""A stage runs once per content, and goes on where it was killed."""

import datetime
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import museline_components
from museline.cards import DatasetCard
from museline.errors import StorageError
from museline.progress import EVENTS_VARIABLE, read
from museline_components import stage

CONFIG = """
from museline.config import Config

class Configuration(Config):
    amount: int = 1
    fail: bool = False
    full: bool = False
    wait: bool = False
"""
STEP = """
import errno, os, time
from museline.cards import DatasetCard

def run(config, inputs, out):
    tries = out / "tries"
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    if config.wait and len(tries.read_text()) == 1:
        print("working", flush=True)
        time.sleep(60)
    if config.fail and len(tries.read_text()) == 1:
        raise RuntimeError("broken")
    if config.full:
        raise OSError(errno.ENOSPC, "No space left on device", str(out / "examples.parquet"))
    parents = tuple(DatasetCard.read(each).reference() for each in inputs.values())
    return DatasetCard(stage="fake", sources=(), licences=(), examples=config.amount,
                       by_domain={}, by_modality={}, files={}, parents=parents)
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A stage `fake`, found beside the real ones; its folder."""
    packages = tmp_path / "packages"
    folder = packages / "fake"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "config.py").write_text(CONFIG)
    (folder / "step.py").write_text(STEP)
    monkeypatch.setattr(
        museline_components, "__path__", [*museline_components.__path__, str(packages)]
    )
    monkeypatch.setattr(stage, "__file__", str(packages / "stage.py"))
    monkeypatch.setenv("MUSELINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(EVENTS_VARIABLE, str(tmp_path / "events"))
    monkeypatch.delenv(stage.RUN_VARIABLE, raising=False)
    yield folder
    for name in [each for each in sys.modules if each.startswith("museline_components.fake")]:
        del sys.modules[name]


def events(tmp_path):
    return [each["event"] for each in read(tmp_path / "events")[0]]


def test_the_second_run_takes_the_first_ones_output(fake, tmp_path, monkeypatch):
    monkeypatch.setenv(stage.RUN_VARIABLE, "run-1")
    first = stage.execute("fake", "{}", {})
    monkeypatch.setenv(stage.RUN_VARIABLE, "run-2")
    second = stage.execute("fake", "{}", {})
    assert (second.folder, second.run) == (first.folder, "run-1")
    assert DatasetCard.read(first.folder).examples == 1
    assert (first.folder / "tries").read_text() == "x"
    assert events(tmp_path) == ["started", "finished", "cached"]


def test_another_configuration_code_or_input_is_another_output(fake):
    first = stage.execute("fake", "{}", {}).folder
    assert stage.execute("fake", '{"amount": 1}', {}).folder == first  # it is the default
    folders = {first, stage.execute("fake", '{"amount": 2}', {}).folder}
    folders.add(stage.execute("fake", "{}", {"data": first}).folder)
    folders.add(stage.execute("fake", "{}", {"other": first}).folder)
    (fake / "step.py").write_text(STEP + "\n# changed\n")
    folders.add(stage.execute("fake", "{}", {}).folder)
    assert len(folders) == 5


def test_an_input_made_anew_with_the_same_content_is_the_same_input(fake):
    first = stage.execute("fake", "{}", {}).folder
    after = stage.execute("fake", '{"amount": 2}', {"data": first}).folder
    card = DatasetCard.read(first)
    later = card.created_at + datetime.timedelta(days=1)
    card.model_copy(update={"created_at": later}).write(first)
    assert stage.execute("fake", '{"amount": 2}', {"data": first}).folder == after


def test_a_failed_run_is_not_finished_and_the_next_goes_on(fake, tmp_path):
    with pytest.raises(RuntimeError, match="broken"):
        stage.execute("fake", '{"fail": true}', {})
    finished = tmp_path / "home" / "artifacts" / "fake"
    assert [each.suffix for each in finished.iterdir() if each.is_dir()] == [".partial"]
    artifact = stage.execute("fake", '{"fail": true}', {})
    assert (artifact.folder / "tries").read_text() == "xx"


def test_a_full_disk_is_said_in_words(fake):
    with pytest.raises(StorageError, match=r"disk is full") as caught:
        stage.execute("fake", '{"full": true}', {})
    assert "examples.parquet" in str(caught.value)


def test_after_kill_9_the_next_run_goes_on(fake, tmp_path):
    program = textwrap.dedent(f"""
        import museline_components
        from museline_components import stage
        museline_components.__path__.append({str(fake.parent)!r})
        stage.__file__ = {str(fake.parent / "stage.py")!r}
        stage.execute("fake", '{{"wait": true}}', {{}})
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGKILL)
    artifact = stage.execute("fake", '{"wait": true}', {})
    assert (artifact.folder / "tries").read_text() == "xx"
    assert json.loads((artifact.folder / "provenance.json").read_text())["run"] == artifact.run
    assert events(tmp_path) == ["started", "started", "finished"]


def test_every_stage_has_a_configuration_with_defaults():
    here = Path(museline_components.__file__).parent
    stages = sorted(each.parent.name for each in here.glob("*/config.py"))
    assert "curate" in stages
    for name in stages:
        configuration = stage.configuration_of(name)
        assert configuration.model_validate_json(configuration().model_dump_json()) == (
            configuration()
        )
