"""The stage: what it builds, signs, registers and refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from museline.cards import EvaluationCard, Interval, ModelCard, SafetyCard, SuiteScore, TrainingCard
from museline.errors import ConfigurationError, DataError, StageError
from museline.registry import Registry, load_verified, public_key_path, verify_folder
from museline.storage import Home, digest_file
from museline_components.register.config import Configuration
from museline_components.register.step import run
from museline_components.stage import execute

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

RULE = "hazard_limit pii_leak 0.03"


@pytest.fixture
def home(tmp_path: Path, empty_registry: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    root = tmp_path / "home"
    shutil.copytree(empty_registry, root / "registry")
    monkeypatch.setenv("MUSELINE_HOME", str(root))
    monkeypatch.setenv("MUSELINE_RUN", "run-7")
    return Home(root)


def trained(root: Path, name: str) -> tuple[Path, TrainingCard]:
    folder = root / name
    (folder / "checkpoint").mkdir(parents=True)
    (folder / "checkpoint" / "model.safetensors").write_bytes(name.encode())
    (folder / "checkpoint" / "config.json").write_text("{}")
    card = TrainingCard(
        name=name, family="muse_spark", size="pico", recipe={}, parameters=2, active_parameters=1,
        steps=1, tokens=1, flops=1e9, loss_curve=(), final_loss=1.0, workers=1, hardware="cpu",
        tokens_per_second=1.0, seconds=1.0, seed=0, checkpoint_digest="0123456789abcdef",
    )  # fmt: skip
    card.write(folder)
    return folder, card


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Path]:
    """The folders of a candidate that passed."""
    folder, training = trained(tmp_path, "muse-spark")
    _, incumbent = trained(tmp_path, "llama-4")
    references = (training.reference(), incumbent.reference())
    score = SuiteScore(
        model="muse-spark", suite="all", domain="all", modality="all", cases=10, correct=9,
        score=Interval(value=0.9, low=0.6, high=0.98),
    )  # fmt: skip
    evaluation = EvaluationCard(
        parents=references, candidate="muse-spark", incumbent="llama-4", scores=(score,),
        paired=(), flops={},
    )  # fmt: skip
    evaluation.write(tmp_path / "evaluation")
    safety(references, passed=True).write(tmp_path / "safety")
    return {
        "training": folder,
        "evaluation": tmp_path / "evaluation",
        "safety": tmp_path / "safety",
    }


def safety(parents: tuple[object, ...], passed: bool) -> SafetyCard:
    reason = f"{RULE}: 9 of 200 cases, upper bound 0.077; it must be at most 0.03"
    return SafetyCard.model_validate(
        {
            "parents": parents,
            "candidate": "muse-spark",
            "hazards": (),
            "passed": passed,
            "rule": "all 1 rules met" if passed else RULE,
            "reasons": (f"{'met' if passed else 'not met'}: {reason}",),
        }
    )


def test_a_candidate_becomes_a_signed_registered_model(
    home: Home, inputs: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    card = run(Configuration(), inputs, out)
    assert sorted(each.name for each in (out / "model").iterdir()) == [
        "config.json",
        "model.safetensors",
        "model.sig",
        "model_card.json",
    ]
    verify_folder(out / "model", public_key_path(home))
    assert ModelCard.read(out / "model" / "model_card.json") == card
    assert card.files == {
        name: digest_file(out / "model" / name) for name in ("config.json", "model.safetensors")
    }
    assert (card.name, card.role, card.run, card.version) == (
        "muse-spark",
        "candidate",
        "run-7",
        "0123456789ab",
    )
    assert card.evaluation is not None
    assert card.safety is not None
    assert [each.kind for each in card.parents] == ["TrainingCard", "EvaluationCard", "SafetyCard"]
    found = Registry(home).get("candidate")
    assert (found.version, found.card) == (1, card)
    assert load_verified(home, "muse-spark") == found.folder


def test_an_incumbent_needs_no_evidence_and_becomes_the_champion(
    home: Home, inputs: dict[str, Path], tmp_path: Path
) -> None:
    card = run(Configuration(role="incumbent"), {"training": inputs["training"]}, tmp_path / "out")
    assert (card.evaluation, card.safety) == (None, None)
    assert Registry(home).get("champion").card.name == "muse-spark"


def test_a_new_incumbent_replaces_one_that_no_release_promoted(
    home: Home, inputs: dict[str, Path], tmp_path: Path
) -> None:
    incumbent = Configuration(role="incumbent")
    old, _ = trained(tmp_path / "first", "llama-4")
    run(incumbent, {"training": old}, tmp_path / "one")
    run(incumbent, {"training": inputs["training"]}, tmp_path / "two")
    assert Registry(home).get("champion").version == 2


def test_a_new_incumbent_does_not_unseat_a_promoted_champion(
    home: Home, inputs: dict[str, Path], tmp_path: Path
) -> None:
    run(Configuration(), inputs, tmp_path / "one")
    Registry(home).set_alias("champion", 1)  # as a release does at its end
    old, _ = trained(tmp_path / "old", "llama-4")
    run(Configuration(role="incumbent"), {"training": old}, tmp_path / "two")
    registry = Registry(home)
    assert registry.get("champion").label == "muse-spark-v1"
    assert registry.get("llama-4").aliases == ()


def test_another_name_and_public_name(home: Home, inputs: dict[str, Path], tmp_path: Path) -> None:
    config = Configuration(name="muse-spark-mini", public_name="glasses")
    run(config, inputs, tmp_path / "out")
    assert Registry(home).get("candidate", "glasses").card.name == "muse-spark-mini"
    with pytest.raises(ConfigurationError):
        Registry(home).get("candidate")


def test_running_again_registers_nothing_new(
    home: Home, inputs: dict[str, Path], tmp_path: Path
) -> None:
    """As after a kill just before the stage's end: `out` holds what the killed attempt left."""
    out = tmp_path / "out"
    run(Configuration(), inputs, out)
    (out / "model.partial").mkdir()
    (out / "model.partial" / "half").write_text("")
    run(Configuration(), inputs, out)
    assert [each.version for each in Registry(home).list()] == [1]
    assert not (out / "model.partial").exists()


def test_a_candidate_that_the_gate_refused_is_refused_with_rule_and_numbers(
    home: Home, inputs: dict[str, Path], tmp_path: Path
) -> None:
    training = TrainingCard.read(inputs["training"])
    safety((training.reference(),), passed=False).write(inputs["safety"])
    with pytest.raises(StageError) as caught:
        run(Configuration(), inputs, tmp_path / "out")
    assert f"the gate's rule {RULE} was not met" in caught.value.what
    assert caught.value.value == "9 of 200 cases, upper bound 0.077; it must be at most 0.03"
    assert Registry(home).list() == ()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("missing", ["evaluation", "safety"])
def test_a_candidate_needs_its_evidence(
    home: Home, inputs: dict[str, Path], tmp_path: Path, missing: str
) -> None:
    del inputs[missing]
    with pytest.raises(DataError, match=f"{missing} card, and there is none"):
        run(Configuration(), inputs, tmp_path / "out")


@pytest.mark.parametrize("kind", ["evaluation", "safety"])
def test_the_evidence_of_another_model_is_refused(
    home: Home, inputs: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    folder, training = trained(tmp_path / "other", "muse-glimmer")
    if kind == "safety":  # so that the evaluation is right and only the safety card is foreign
        card = EvaluationCard.read(inputs["evaluation"])
        changed = card.model_copy(update={"parents": (training.reference(),)})
        changed.write(inputs["evaluation"])
    with pytest.raises(DataError, match=f"the {kind} card is of another model"):
        run(Configuration(), {**inputs, "training": folder}, tmp_path / "out")


def test_a_training_without_checkpoint_is_refused(
    home: Home, inputs: dict[str, Path], tmp_path: Path
) -> None:
    shutil.rmtree(inputs["training"] / "checkpoint")
    with pytest.raises(DataError, match="no checkpoint"):
        run(Configuration(), inputs, tmp_path / "out")


def test_the_stage_runner_runs_it_once(home: Home, inputs: dict[str, Path]) -> None:
    first = execute("register", "{}", dict(inputs))
    again = execute("register", "{}", dict(inputs))
    assert (first.folder, first.run) == (again.folder, again.run)
    assert ModelCard.read(first.folder).run == "run-7"
    assert len(Registry(home).list()) == 1


@pytest.mark.parametrize("name", ["Muse Spark", "../up", "muse_spark", "-x", "a" * 64])
def test_names_that_no_server_could_carry_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Configuration(name=name)
