from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from museline.config import apply_overrides
from museline.errors import ConfigurationError, DataError, StageError
from museline.examples import Example, write_examples
from museline_components.train import step as train_step
from museline_components.train.config import Configuration
from museline_components.train.loop import DIVERGED_FILE, Worker, train_loop
from museline_components.train.optimizers import Optimizers
from museline_components.train.prepare import planned_steps, prepare

CONFIG = Configuration(
    family="muse_spark",
    steps=12,
    batch_size=16,
    vocabulary=280,
    checkpoint_every=5,
    validation_every=6,
    report_every=4,
    workers=1,
)


def _train(config: Configuration, data: Path, out: Path) -> dict[str, Any]:
    out.mkdir(exist_ok=True)
    prepared = prepare(config, data, out)
    train_loop(Worker(config, planned_steps(config, prepared), out, rank=0, world=1))
    found = json.loads((out / "result.json").read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("family", ["llama4", "muse_spark", "muse_glimmer"])
def test_the_loss_falls(family: str, data: Path, tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"family": family, "steps": 30})
    result = _train(config, data, tmp_path)
    curve = result["curve"]
    assert [point["step"] for point in curve if point["validation_loss"]] == [6, 12, 18, 24, 30]
    assert curve[-1]["loss"] < curve[0]["loss"] / 2
    assert result["resumed"] is None
    assert (tmp_path / "checkpoint" / "model.safetensors").exists()


@pytest.mark.parametrize("kind", ["adamw", "muon"])
@pytest.mark.parametrize("curriculum", [False, True])
def test_an_interrupted_run_goes_on_exactly(
    kind: str, curriculum: bool, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = apply_overrides(CONFIG, [f"optimizer.kind={kind}", f"curriculum={curriculum}".lower()])
    whole = _train(config, data, tmp_path / "whole")
    take = Optimizers.step

    def interrupted(self: Optimizers, step: int) -> None:
        if step == 8:
            raise KeyboardInterrupt
        take(self, step)

    monkeypatch.setattr(Optimizers, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _train(config, data, tmp_path / "broken")
    monkeypatch.setattr(Optimizers, "step", take)
    again = _train(config, data, tmp_path / "broken")
    assert again["resumed"] == 5
    for name in ("curve", "tokens", "flops", "step"):
        assert again[name] == whole[name]


def test_a_finished_run_takes_no_more_steps(data: Path, tmp_path: Path) -> None:
    first = _train(CONFIG, data, tmp_path)
    again = _train(CONFIG, data, tmp_path)
    assert again == first | {"resumed": 12}


def test_a_budget_decides_the_steps(data: Path, tmp_path: Path) -> None:
    whole = _train(CONFIG, data, tmp_path / "whole")
    config = CONFIG.model_copy(update={"budget_flops": whole["flops"] / 2})
    half = _train(config, data, tmp_path / "half")
    assert 3 <= half["step"] <= 8
    assert half["flops"] <= config.budget_flops  # type: ignore[operator]


def test_a_loss_that_is_no_number_is_told(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = apply_overrides(CONFIG, ["optimizer.lr=1e30", "optimizer.clip=1e30"])
    monkeypatch.setattr(
        train_step,
        "train_on_ray",
        lambda config, steps, out: train_loop(Worker(config, steps, out, 0, 1)),
    )
    with pytest.raises(StageError, match="learning rate is too large") as caught:
        train_step.run(config, {"data": data}, tmp_path)
    assert "train.optimizer.lr=" in caught.value.mend
    assert (tmp_path / DIVERGED_FILE).exists()
    assert not (tmp_path / "checkpoint").exists()


def test_the_card_is_complete_and_nothing_else_is_left(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from museline.storage import digest_folder

    monkeypatch.setattr(
        train_step,
        "train_on_ray",
        lambda config, steps, out: train_loop(Worker(config, steps, out, 0, 1)),
    )
    card = train_step.run(CONFIG, {"data": data}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
    assert card.checkpoint_digest == digest_folder(tmp_path / "checkpoint")
    assert card.steps == 12
    assert card.flops == card.loss_curve[-1].flops > 0
    assert card.active_parameters < card.parameters
    assert card.parents[0].kind == "DatasetCard"
    assert card.recipe["optimizer"] == CONFIG.optimizer.model_dump()


def test_no_training_examples_are_told(examples: list[Example], data: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    write_examples(
        folder / "examples.parquet", [each for each in examples if each.split != "train"]
    )
    with pytest.raises(DataError, match="no examples in the train split"):
        train_step.run(CONFIG, {"data": folder}, tmp_path / "out")


def test_unknown_names_are_told(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="muse_spark"):
        train_step.run(CONFIG.model_copy(update={"family": "muse"}), {"data": data}, tmp_path)
    with pytest.raises(ConfigurationError, match="pico"):
        train_step.run(CONFIG.model_copy(update={"size": "pcio"}), {"data": data}, tmp_path)
    with pytest.raises(ConfigurationError, match="lr"):
        apply_overrides(CONFIG, ["optimizer.rl=0.1"])
    assert apply_overrides(CONFIG, ["optimizer.lr=0.02"]).optimizer.lr == 0.02
