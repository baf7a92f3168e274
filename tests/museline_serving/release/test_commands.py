"""`muse release` on a store without servers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from museline.errors import ConfigurationError, MuselineError
from museline.storage import Home
from museline_serving.cli.release import release
from museline_serving.release.names import new_name, open_store
from museline_serving.rollout import begin, production_plan
from museline_serving.rollout.ports import Stored


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("MUSELINE_HOME", str(tmp_path))
    return Home(tmp_path)


@pytest.fixture
def stored(home: Home) -> Stored:
    plan = production_plan().model_copy(update={"incumbent": "old-v1", "candidate": "new-v2"})
    return open_store(home).create(new_name(home, "new-v2"), plan, begin(plan, 0.0))


def muse(*arguments: str) -> str:
    result = CliRunner().invoke(release, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_names_are_numbered(home: Home) -> None:
    assert [new_name(home, "new-v2") for _ in range(2)] == ["new-v2-001", "new-v2-002"]


@pytest.mark.usefixtures("stored")
def test_status_says_where_it_is_and_what_it_waits_for() -> None:
    text = muse("status")
    assert "new-v2 replaces old-v1" in text
    assert "whatsapp" in text
    assert "muse release start --resume" in text
    found = json.loads(muse("status", "new-v2-001", "-o", "json"))
    assert found["weights"]["glasses"] == 0
    assert found["harm"]["bar"] == pytest.approx(100)
    assert [each["name"] for each in found["safety"]] == ["errors", "slow"]


@pytest.mark.usefixtures("stored")
def test_list_names_the_releases() -> None:
    (row,) = json.loads(muse("list", "-o", "json"))
    assert (row["name"], row["phase"], row["running"]) == ("new-v2-001", "waiting", "no")


@pytest.mark.parametrize("verb", ["approve", "pause", "resume", "abort"])
def test_orders_are_kept_with_who_and_why(home: Home, stored: Stored, verb: str) -> None:
    assert "obeyed when the release goes on" in muse(verb, "--reason", "because")
    (order,) = open_store(home).orders(stored.name)
    assert (order.verb, order.reason) == (verb, "because")
    assert order.actor


def test_orders_need_a_release_under_way(home: Home) -> None:
    with pytest.raises(ConfigurationError, match="no release yet"):
        muse("abort")
    assert not home.rollouts.exists()


@pytest.mark.usefixtures("stored")
def test_an_unknown_release_says_which_there_are() -> None:
    with pytest.raises(ConfigurationError) as error:
        muse("status", "new-v2-01")
    assert "new-v2-001" in error.value.allowed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--plan", "demo"], "no such plan"),
        (["--plan", "missing.yaml"], "no such plan file"),
        (["--surface", "whatsap"], "no such surface"),
        (["--surface", "glasses", "--surface", "glasses"], "named twice"),
        ([], "no examples in this home"),
    ],
)
def test_what_cannot_start_is_said_before_anything_starts(
    home: Home, arguments: list[str], said: str
) -> None:
    with pytest.raises(MuselineError, match=said):
        muse("start", *arguments)
    assert not home.rollouts.exists()


def test_the_commands_load_nothing_heavy() -> None:
    import subprocess

    script = (
        "import sys, museline_serving.cli.release\n"
        "heavy = {'mlflow', 'torch', 'pyarrow', 'httpx', 'kserve', 'rich', 'pydantic', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
