from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from museline_pipelines.catalogue import PIPELINES
from museline_pipelines.compiling import compile_pipeline

GOLDEN = Path(__file__).parent / "golden"
REFRESH = (
    "the pipeline is not what the golden file says. If that is meant:\n"
    "  muse pipeline compile {name} --out tests/museline_pipelines/golden/{name}.yaml"
)
# KFP's own deprecations on import.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


@pytest.mark.parametrize("name", PIPELINES)
def test_compiled_equals_golden(name: str) -> None:
    path = GOLDEN / f"{name}.yaml"
    expected = path.read_text() if path.exists() else ""
    assert compile_pipeline(name) == expected, REFRESH.format(name=name)


def test_a_recipe_gives_the_parameters_their_defaults() -> None:
    text = compile_pipeline("training", "smoke", ("train.seed=4711",))
    assert text == compile_pipeline("training", "smoke", ("train.seed=4711",))
    specification = next(yaml.safe_load_all(text))
    parameters = specification["root"]["inputDefinitions"]["parameters"]
    assert '"seed":4711' in parameters["train_candidate"]["defaultValue"]
    assert '"seed":4711' not in parameters["train_incumbent"]["defaultValue"]


@pytest.mark.parametrize("name", PIPELINES)
def test_tasks_are_the_steps_that_people_see(name: str) -> None:
    specification = next(yaml.safe_load_all(compile_pipeline(name)))
    executors = specification["deploymentSpec"]["executors"].values()
    steps = {each["container"]["env"][0]["value"] for each in executors}
    assert steps == {step.name for step in PIPELINES[name].steps}
    for each in executors:
        assert "pip install" not in " ".join(each["container"]["command"])
        assert not each["container"]["image"].endswith(":latest")
