from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from museline.cards import CARD_FILE, DatasetCard
from museline.errors import DataError, StorageError
from museline.storage import Artifact, digest_file
from museline_components import face


class Output:
    """As KFP's artifact: the path of a remote address is a mounted one."""

    def __init__(self, uri: str, mount: Path) -> None:
        self.uri, self._mount = uri, mount
        self.metadata: dict[str, object] = {}

    @property
    def path(self) -> str:
        return str(self._mount / self.uri.partition("://")[2]) if "://" in self.uri else self.uri

    @path.setter
    def path(self, path: str) -> None:
        self.uri = path


@pytest.fixture
def finished(tmp_path: Path) -> Artifact:
    folder = tmp_path / "store"
    card = DatasetCard(
        stage="collect",
        sources=(),
        licences=(),
        examples=1,
        by_domain={},
        by_modality={},
        files={},
    )
    card.write(folder)
    return Artifact(folder, run="a-run", seconds=1.5)


@pytest.fixture
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "events.jsonl"
    monkeypatch.setenv("MUSELINE_EVENTS", str(path))
    monkeypatch.setenv("MUSELINE_STEP", "validate-raw")
    monkeypatch.delenv("MUSELINE_LOGS", raising=False)
    monkeypatch.delenv("MUSELINE_LIFELINE", raising=False)
    import signal

    before = signal.getsignal(signal.SIGTERM)
    yield path
    signal.signal(signal.SIGTERM, before)


def last_event(path: Path) -> dict[str, object]:
    event: dict[str, object] = json.loads(path.read_text().splitlines()[-1])
    return event


def test_on_one_machine_the_artifact_points_to_the_store(
    finished: Artifact, tmp_path: Path
) -> None:
    output = Output(str(tmp_path / "root" / "data"), tmp_path)
    face.publish(finished, output)
    assert output.uri == str(finished.folder)
    assert not (tmp_path / "root").exists()
    assert output.metadata == {
        "card_digest": digest_file(finished.folder / CARD_FILE),
        "made_by_run": "a-run",
        "seconds": 1.5,
    }


def test_on_a_cluster_the_folder_is_copied_to_where_kfp_uploads_it(
    finished: Artifact, tmp_path: Path
) -> None:
    output = Output("s3://bucket/key", tmp_path)
    face.publish(finished, output)
    assert output.uri == "s3://bucket/key"
    assert (tmp_path / "bucket/key" / CARD_FILE).read_bytes() == (
        finished.folder / CARD_FILE
    ).read_bytes()


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (DataError("row 3", value="{", mend="repair"), 3, {"kind": "DataError", "mend": "repair"}),
        (OSError(errno.ENOSPC, "No space left"), StorageError.exit_code, {"kind": "StorageError"}),
        (ValueError("odd"), 7, {"what": "ValueError: odd", "kind": "StageError"}),
    ],
)
def test_an_error_is_told_and_ends_the_process_with_its_code(
    error: Exception,
    code: int,
    words: dict[str, object],
    events: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*arguments: object) -> Artifact:
        raise error

    monkeypatch.setattr("museline_components.stage.execute", fail)
    with pytest.raises(SystemExit) as ended:
        face.run_stage("validate", "{}", {}, Output("x", tmp_path))
    assert ended.value.code == code
    event = last_event(events)
    assert event["event"] == "failed"
    assert event["of"] == "validate-raw"
    assert words.items() <= event.items()


def test_inputs_that_are_not_given_are_left_out(
    finished: Artifact, events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, object] = {}

    def work(stage: str, config: str, inputs: dict[str, str]) -> Artifact:
        seen.update(stage=stage, config=config, inputs=inputs)
        return finished

    monkeypatch.setattr("museline_components.stage.execute", work)
    given = Output("/a", tmp_path)
    face.run_stage("register", "{}", {"training": given, "safety": None}, Output("x", tmp_path))
    assert seen == {"stage": "register", "config": "{}", "inputs": {"training": "/a"}}
    assert last_event(events)["event"] == "entered"
