"""Versions, aliases, selectors; equal content once; and what a kill leaves is mended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from museline.cards import ModelCard
from museline.errors import BusyError, ConfigurationError, IntegrityError
from museline.registry import registry as registry_module
from museline.registry.registry import MODEL_CARD_FILE, Registry, load_verified
from museline.registry.store import SNAPSHOT_FILE, Store
from museline.storage import Home

# MLflow asks SQLAlchemy for a loader that SQLAlchemy 2.1 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

MakeModel = Callable[..., tuple[ModelCard, Path]]


def test_versions_count_up_and_are_found(registry: Registry, make_model: MakeModel) -> None:
    assert registry.register(*make_model("llama-4", b"old")) == 1
    assert registry.register(*make_model("muse-spark", b"new")) == 2
    registry.set_alias("champion", 1)
    registry.set_alias("candidate", 2)
    for selector in ("champion", "llama-4", "1", "v1", "llama-4-v1"):
        assert registry.get(selector).label == "llama-4-v1"
    for selector in ("candidate", "muse-spark", "2", "v2", "muse-spark-v2"):
        assert registry.get(selector).label == "muse-spark-v2"
    found = registry.get("candidate")
    assert found.aliases == ("candidate",)
    assert found.card.name == "muse-spark"
    assert found.folder.is_relative_to(registry.home.registry)
    assert [each.version for each in registry.list()] == [1, 2]


def test_a_name_means_its_newest_version(registry: Registry, make_model: MakeModel) -> None:
    registry.register(*make_model(weights=b"one"))
    registry.register(*make_model(weights=b"two"))
    assert registry.get("muse-spark").version == 2
    assert registry.get("muse-spark-v1").version == 1


def test_equal_content_is_registered_once(registry: Registry, make_model: MakeModel) -> None:
    assert registry.register(*make_model(run="run-1")) == 1
    assert registry.register(*make_model(run="run-2")) == 1
    assert registry.register(*make_model(weights=b"other")) == 2
    assert len(registry.list()) == 2


def test_an_alias_moves(registry: Registry, make_model: MakeModel) -> None:
    registry.register(*make_model("llama-4", b"old"))
    registry.register(*make_model("muse-spark", b"new"))
    registry.set_alias("champion", 1)
    registry.set_alias("champion", 2)
    assert registry.get("champion").version == 2
    assert registry.get("1").aliases == ()


def test_an_alias_for_no_version_is_refused(registry: Registry, make_model: MakeModel) -> None:
    registry.register(*make_model())
    with pytest.raises(ConfigurationError, match="no such version"):
        registry.set_alias("champion", 7)


def test_an_unknown_name_lists_the_near_ones(registry: Registry, make_model: MakeModel) -> None:
    registry.register(*make_model())
    with pytest.raises(ConfigurationError) as caught:
        registry.get("muse-sparc")
    assert "did you mean muse-spark" in caught.value.allowed


def test_an_empty_registry_says_what_to_run(tmp_path: Path) -> None:
    empty = Registry(Home(tmp_path / "nothing"))
    assert empty.list() == ()
    with pytest.raises(ConfigurationError) as caught:
        empty.get("champion")
    assert "muse demo" in caught.value.mend
    assert not (tmp_path / "nothing").exists()


def test_loading_verifies_first(registry: Registry, make_model: MakeModel) -> None:
    registry.register(*make_model())
    folder = load_verified(registry.home, "muse-spark")
    weights = folder / "shards" / "model.safetensors"
    weights.write_bytes(b"Weights")
    with pytest.raises(IntegrityError, match=r"shards/model.safetensors was changed"):
        load_verified(registry.home, "muse-spark")


def test_a_tampered_folder_is_not_registered(registry: Registry, make_model: MakeModel) -> None:
    card, folder = make_model()
    (folder / "config.json").write_text("{ }")
    with pytest.raises(IntegrityError, match=r"config\.json was changed"):
        registry.register(card, folder)
    assert registry.list() == ()


def test_a_card_of_other_files_is_not_registered(registry: Registry, make_model: MakeModel) -> None:
    _, folder = make_model(weights=b"one")
    card, _ = make_model(weights=b"two")
    with pytest.raises(IntegrityError, match="not what the model's card says"):
        registry.register(card, folder)


def test_registering_again_mends_a_tampered_copy(registry: Registry, make_model: MakeModel) -> None:
    card, folder = make_model()
    registry.register(card, folder)
    (registry.get("1").folder / "config.json").write_text("changed")
    assert registry.register(card, folder) == 1
    load_verified(registry.home, "1")


def test_files_that_are_gone_are_named(registry: Registry, make_model: MakeModel) -> None:
    registry.register(*make_model("llama-4", b"old"))
    registry.register(*make_model("muse-spark", b"new"))
    shutil.rmtree(registry.get("1").folder)
    with pytest.raises(IntegrityError, match="files of llama-4-v1 are gone"):
        registry.get("llama-4")
    assert [each.version for each in registry.list()] == [2]
    assert [each.present for each in registry.entries()] == [False, True]


def test_a_broken_card_is_an_integrity_error(registry: Registry, make_model: MakeModel) -> None:
    registry.register(*make_model())
    (registry.find("1").folder / MODEL_CARD_FILE).write_text("{}")
    with pytest.raises(IntegrityError, match=r"model_card\.json of muse-spark-v1 was changed"):
        registry.get("1")


def test_a_home_can_be_moved(registry: Registry, make_model: MakeModel, tmp_path: Path) -> None:
    registry.register(*make_model())
    moved = Home(registry.home.root.rename(tmp_path / "moved"))
    folder = load_verified(moved, "muse-spark")
    assert folder.is_relative_to(tmp_path / "moved")


def test_reads_do_not_need_mlflow(registry: Registry, make_model: MakeModel) -> None:
    registry.register(*make_model())
    registry.set_alias("champion", 1)
    code = f"""
        import sys
        from pathlib import Path
        from museline.registry import Registry
        from museline.storage import Home
        found = Registry(Home(Path({str(registry.home.root)!r}))).get("champion")
        assert found.label == "muse-spark-v1"
        heavy = {{"mlflow", "pandas", "torch", "model_signing", "sqlalchemy"}} & set(sys.modules)
        assert not heavy, heavy
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_what_others_change_in_mlflow_is_seen(registry: Registry, make_model: MakeModel) -> None:
    """The snapshot is not believed once the database has changed."""
    registry.register(*make_model())
    Store(registry.home.registry)._client().set_registered_model_alias("assistant", "pinned", "1")
    assert registry.get("pinned").version == 1


@pytest.mark.parametrize("content", ["", "{", '{"database": 1}', '{"versions": [{"odd": 1}]}'])
def test_a_broken_snapshot_is_made_anew(
    registry: Registry, make_model: MakeModel, content: str
) -> None:
    registry.register(*make_model())
    (registry.home.registry / SNAPSHOT_FILE).write_text(content)
    assert registry.get("1").label == "muse-spark-v1"


def test_a_registry_held_by_another_is_named(
    registry: Registry, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setattr(registry_module, "LOCK_SECONDS", 0.1)
    card, folder = make_model()
    with (
        FileLock(registry.home.registry / "registry.lock", is_singleton=False),
        pytest.raises(BusyError, match="another process"),
    ):
        registry.register(card, folder)


KILLS = {
    "while copying": "shutil.copytree = half_a_copy",
    "after the copy": "Store.find = die",
    "before the version": "Store.create = die",
    "after the version": "Store.versions = die_if_created",
    "before the alias": "Registry.set_alias = die",
}


@pytest.mark.integration
@pytest.mark.parametrize("moment", KILLS)
def test_a_kill_leaves_what_the_next_run_mends(
    registry: Registry, make_model: MakeModel, moment: str
) -> None:
    card, folder = make_model()
    code = f"""
        import os, shutil, signal
        from pathlib import Path
        from museline.cards import ModelCard
        from museline.registry.registry import MODEL_CARD_FILE, Registry
        from museline.registry.store import Store
        from museline.storage import Home

        def die(*args, **kwargs):
            os.kill(os.getpid(), signal.SIGKILL)

        def half_a_copy(source, target, **kwargs):
            shutil.copy(source / "config.json", target)
            die()

        versions = Store.versions
        def die_if_created(store):
            found = versions(store)
            return die() if found else found

        {KILLS[moment]}
        folder = Path({str(folder)!r})
        registry = Registry(Home(Path({str(registry.home.root)!r})))
        version = registry.register(ModelCard.read(folder / MODEL_CARD_FILE), folder)
        registry.set_alias("candidate", version)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    version = registry.register(card, folder)
    registry.set_alias("candidate", version)
    assert version == 1
    assert [each.version for each in registry.list()] == [1]
    load_verified(registry.home, "candidate")
    models = registry.home.registry / "models" / "assistant"
    assert [each.name for each in models.iterdir()] == [registry.get("1").folder.name]
