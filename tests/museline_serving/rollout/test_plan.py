"""Plans: what is refused, and how it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from museline.errors import ConfigurationError
from museline_serving.rollout import named_plan, only_surfaces, production_plan, read_plan
from museline_serving.rollout.plans import PLANS, plan_text

VALID = """
incumbent: llama-4
candidate: muse-spark
waves:
  - name: first
    surfaces: [web, app]
    weights: [5, 100]
  - {name: second, surfaces: [glasses], gate: approval}
analysis:
  metrics:
    - {name: errors, kind: errors, margin: 0.01}
    - {name: slow, kind: slow, threshold_seconds: 1.5, margin: 0.02}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.yaml"
    path.write_text(text)
    return path


def test_a_plan_is_read(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, VALID))
    assert plan.surfaces == ("web", "app", "glasses")
    assert plan.waves[1].weights == (1, 5, 25, 50, 100)
    assert plan.analysis.alpha == 0.01


@pytest.mark.parametrize("name", PLANS)
def test_the_named_plans_cover_the_seven_surfaces_and_come_back_from_text(
    tmp_path: Path, name: str
) -> None:
    plan = named_plan(name)
    assert len(plan.surfaces) == 7
    assert [wave.name for wave in plan.waves] == ["first-party", "messaging", "devices"]
    assert read_plan(written(tmp_path, plan_text(plan))) == plan


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[glasses]", "[web]", "'web' is named twice"),
        ("name: second", "name: first", "wave 'first' is named twice"),
        ("[5, 100]", "[50, 5, 100]", "must ascend"),
        ("[5, 100]", "[5, 50]", "end with 100"),
        ("[5, 100]", "[0, 100]", "greater than or equal to 1"),
        ("[glasses]", "[]", "at least 1 item"),
        ("margin: 0.01", "margin: -0.01", "greater than 0"),
        ("kind: slow, threshold_seconds: 1.5", "kind: slow", "threshold_seconds"),
        ("name: slow", "name: errors", "'errors' is named twice"),
        ("margin: 0.01", "margn: 0.01", "Field required|no such field"),
        ("gate: approval", "gate: aproval", "'none' or 'approval'"),
        ("analysis:", "analysys:", "required|no such field"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = written(tmp_path, VALID.replace(old, new))
    with pytest.raises(ConfigurationError, match=said) as error:
        read_plan(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("text", ["waves: [", "just words", "- 1\n- 2"])
def test_what_is_no_plan_at_all_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        read_plan(written(tmp_path, text))


def test_a_missing_file_and_an_unknown_plan(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such plan file"):
        read_plan(tmp_path / "none.yaml")
    with pytest.raises(ConfigurationError) as error:
        named_plan("demo")
    assert "demonstration" in error.value.allowed


def test_only_some_surfaces() -> None:
    plan = only_surfaces(production_plan(), ["whatsapp", "glasses"])
    assert [(wave.name, wave.surfaces) for wave in plan.waves] == [
        ("messaging", ("whatsapp",)),
        ("devices", ("glasses",)),
    ]
    with pytest.raises(ConfigurationError, match="no such surface"):
        only_surfaces(production_plan(), ["whatsap"])
    with pytest.raises(ConfigurationError, match="twice"):
        only_surfaces(production_plan(), ["whatsapp", "whatsapp"])
