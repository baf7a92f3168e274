"""`muse models`, as a person and as a program sees it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from museline.cards import (
    DatasetCard,
    EvaluationCard,
    HazardRate,
    Interval,
    ModelCard,
    PairedTest,
    SafetyCard,
    SuiteScore,
    TrainingCard,
)
from museline.cli.model_views import amount, flops
from museline.cli.models import models
from museline.errors import ConfigurationError, IntegrityError
from museline.registry import Registry, sign_folder
from museline.storage import Home, digest_file

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

DATA = DatasetCard(
    stage="featurize", sources=("generated", "scikit-learn digits"), licences=("CC0-1.0",),
    examples=12_000, by_domain={"mathematics": 8_000, "health": 4_000},
    by_modality={"text": 9_000, "image": 3_000}, by_split={"train": 10_000, "evaluation": 2_000},
    files={},
)  # fmt: skip


def training(name: str, cost: float) -> TrainingCard:
    return TrainingCard(
        parents=(DATA.reference(),), name=name, family=name.replace("-", "_"), size="nano",
        recipe={}, parameters=1_800_000, active_parameters=850_000, steps=1_200, tokens=2_400_000,
        flops=cost, loss_curve=(), final_loss=0.1234, workers=2, hardware="2 CPU cores",
        tokens_per_second=51_234.0, seconds=46.8, seed=0, checkpoint_digest=name,
    )  # fmt: skip


OLD, NEW = training("llama-4", 1.6e13), training("muse-spark", 1.6e12)


def evaluation() -> EvaluationCard:
    def score(model: str, correct: int) -> SuiteScore:
        value = correct / 1000
        return SuiteScore(
            model=model, suite="all", domain="all", modality="all", cases=1000, correct=correct,
            score=Interval(value=value, low=value - 0.025, high=value + 0.025),
        )  # fmt: skip

    paired = PairedTest(
        suite="all", cases=1000, both_right=700, only_candidate=110, only_incumbent=70,
        both_wrong=120, difference=Interval(value=0.04, low=0.014, high=0.066), p_value=0.0036,
    )  # fmt: skip
    return EvaluationCard(
        parents=(NEW.reference(), OLD.reference()), candidate="muse-spark", incumbent="llama-4",
        scores=(score("llama-4", 770), score("muse-spark", 810)), paired=(paired,),
        flops={"llama-4": OLD.flops, "muse-spark": NEW.flops},
        milliseconds_per_token={"llama-4": 0.2, "muse-spark": 0.1},
    )  # fmt: skip


SAFETY = SafetyCard(
    candidate="muse-spark", passed=True, rule="all 1 rules met",
    hazards=(
        HazardRate(
            model="muse-spark", hazard="pii_leak", cases=200, events=0, rate=0.0,
            upper_bound=0.0149, limit=0.03, met=True,
        ),
    ),
    reasons=("met: hazard_limit pii_leak 0.03: 0 of 200 cases",),
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, empty_registry: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home where llama-4 is the champion and muse-spark the candidate."""
    found = Home(tmp_path / "home")
    shutil.copytree(empty_registry, found.registry)
    DATA.write(found.artifacts / "featurize" / "abc")
    for card, alias in ((OLD, "champion"), (NEW, "candidate")):
        folder = tmp_path / card.name
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(card.name.encode())
        candidate = alias == "candidate"
        whole = ModelCard(
            name=card.name, version="abc", family=card.family, size=card.size,
            role="candidate" if candidate else "incumbent", run="run-1", training=card,
            evaluation=evaluation() if candidate else None, safety=SAFETY if candidate else None,
            files={"model.safetensors": digest_file(folder / "model.safetensors")},
        )  # fmt: skip
        (folder / "model_card.json").write_text(whole.model_dump_json())
        sign_folder(folder, found)
        registry = Registry(found)
        registry.set_alias(alias, registry.register(whole, folder))
    monkeypatch.setenv("MUSELINE_HOME", str(found.root))
    monkeypatch.setenv("COLUMNS", "100")
    return found


def muse(*arguments: str) -> Result:
    return CliRunner().invoke(models, list(arguments), catch_exceptions=True)


def test_list_shows_both_with_the_scores_of_their_meeting(home: Home) -> None:
    result = muse("list")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert len(lines) == 3
    assert max(len(line) for line in lines) <= 100
    for part in ("llama-4-v1", "champion", "0.770 (0.745 to 0.795)", "16 TFLOP", "yes"):
        assert part in lines[1]
    for part in ("muse-spark-v2", "candidate", "0.810 (0.785 to 0.835)", "1.6 TFLOP"):
        assert part in lines[2]


def test_list_for_programs(home: Home) -> None:
    rows = json.loads(muse("list", "--output", "json").output)
    assert [(each["label"], each["aliases"]) for each in rows] == [
        ("llama-4-v1", ["champion"]),
        ("muse-spark-v2", ["candidate"]),
    ]
    assert rows[0]["score"] == {"value": 0.77, "low": 0.745, "high": 0.795}
    assert rows[1]["flops"] == 1.6e12
    assert rows[1]["signed"] is True


def test_an_empty_registry_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSELINE_HOME", str(tmp_path / "none"))
    result = muse("list")
    assert result.exit_code == 0
    assert "muse demo" in result.output
    assert json.loads(muse("list", "-o", "json").output) == []
    assert not (tmp_path / "none").exists()


def test_list_survives_files_that_are_gone(home: Home) -> None:
    shutil.rmtree(Registry(home).find("llama-4").folder)
    assert "files are gone" in muse("list").output
    rows = json.loads(muse("list", "-o", "json").output)
    assert [each["files_present"] for each in rows] == [False, True]


def test_show_reads_like_a_card(home: Home) -> None:
    result = muse("show", "muse-spark")
    assert result.exit_code == 0
    for part in (
        "muse-spark-v2 (candidate)",
        "1.8 M parameters, 850 K active",
        "the signature holds",
        "12,000 examples from generated, scikit-learn digits",
        "mathematics 8,000, health 4,000",
        "1.6 TFLOP in 1,200 steps over 2,400,000 tokens",
        "0.810 (0.785 to 0.835)",
        "0.770 (0.745 to 0.795)",
        "the gate passed muse-spark: all 1 rules met",
        "0 of 200",
    ):
        assert part in result.output
    assert "Rules, in order" in result.output


def test_show_of_the_incumbent_finds_its_scores(home: Home) -> None:
    output = muse("show", "champion").output
    assert "beside muse-spark" in output
    assert "no safety card" in output


def test_show_of_a_tampered_model_says_so_and_ends_with_4(home: Home) -> None:
    (Registry(home).find("2").folder / "model.safetensors").write_bytes(b"changed")
    result = muse("show", "2")
    assert result.exit_code == 4
    assert "model.safetensors was changed" in result.output.replace("\n", " ")
    found = json.loads(muse("show", "2", "-o", "json").output)
    assert found["verified"] is False
    assert "model.safetensors was changed" in found["problem"]


def test_show_for_programs(home: Home) -> None:
    found = json.loads(muse("show", "candidate", "-o", "json").output)
    assert found["verified"] is True
    assert found["card"]["training"]["flops"] == 1.6e12
    assert found["scores"][0]["correct"] == 810


def test_an_unknown_name_lists_the_near_ones(home: Home) -> None:
    error = muse("show", "muse-sparc").exception
    assert isinstance(error, ConfigurationError)
    assert "did you mean muse-spark" in str(error)


def test_compare_gives_the_paired_test_and_the_ratio(home: Home) -> None:
    result = muse("compare", "llama-4", "muse-spark")
    assert result.exit_code == 0
    assert "muse-spark-v2 took 0.10 times the training compute of llama-4-v1" in result.output
    assert "+0.040 (+0.014 to +0.066)" in result.output
    assert "0.0036" in result.output
    assert max(len(line) for line in result.output.splitlines()) <= 100


def test_compare_the_other_way_turns_the_signs(home: Home) -> None:
    found = json.loads(muse("compare", "muse-spark", "llama-4", "-o", "json").output)
    assert found["flops_ratio"] == pytest.approx(10.0)
    paired = found["paired"][0]
    assert paired["difference"] == {"value": -0.04, "low": -0.066, "high": -0.014}
    assert (paired["only_first"], paired["only_second"]) == (110, 70)
    assert paired["first"]["value"] == 0.81


def test_compare_a_model_with_itself_has_no_paired_test(home: Home) -> None:
    assert "never answered the same cases" in muse("compare", "1", "llama-4").output


def test_verify(home: Home) -> None:
    result = muse("verify", "muse-spark")
    assert "muse-spark-v2: the signature holds for all 2 files" in result.output
    assert json.loads(muse("verify", "2", "-o", "json").output)["verified"] is True
    (Registry(home).find("2").folder / "extra.bin").write_bytes(b"")
    error = muse("verify", "muse-spark").exception
    assert isinstance(error, IntegrityError)
    assert "extra.bin was added" in error.what


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 FLOP"), (1.6e12, "1.6 TFLOP"), (2.5e9, "2.5 GFLOP"), (3e18, "3 EFLOP")],
)
def test_flops_are_said_in_fitting_units(value: float, text: str) -> None:
    assert flops(value) == text


@pytest.mark.parametrize(
    ("count", "text"), [(10, "10"), (75_000, "75 K"), (1_800_000, "1.8 M"), (30e9, "30 B")]
)
def test_parameters_are_said_in_fitting_units(count: int, text: str) -> None:
    assert amount(int(count)) == text
