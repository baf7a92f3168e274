"""The pipeline from raw sources to data that can be trained on.

No loops and no conditions: `kfp.local` runs those in ways that differ from a cluster. KFP reads
real annotations, so this module does not postpone them.
"""

from typing import Any

from kfp import dsl

from museline.progress import STEP_VARIABLE
from museline_components.collect.component import collect
from museline_components.curate.component import curate
from museline_components.featurize.component import featurize
from museline_components.validate.component import validate


def named(task: Any, step: str) -> Any:
    """The KFP task of the pipeline's step `step`: its process finds the name in the environment."""
    return task.set_env_variable(STEP_VARIABLE, step)


def data_steps(
    collect_config: str,
    validate_raw: str,
    curate_config: str,
    validate_curated: str,
    featurize_config: str,
) -> Any:
    """Chain the five data steps inside a pipeline; returns the finished data set."""
    collected = named(collect(config=collect_config), "collect")
    raw = named(validate(config=validate_raw, data=collected.outputs["dataset"]), "validate-raw")
    curated = named(curate(config=curate_config, data=raw.outputs["dataset"]), "curate")
    checked = named(
        validate(config=validate_curated, data=curated.outputs["dataset"]), "validate-curated"
    )
    featurized = named(
        featurize(config=featurize_config, data=checked.outputs["dataset"]), "featurize"
    )
    return featurized.outputs["dataset"]


@dsl.pipeline(
    name="data-engine", description="Collect, validate, curate, validate again, featurize."
)
def data_engine(
    collect: str, validate_raw: str, curate: str, validate_curated: str, featurize: str
) -> None:
    """Each parameter is the JSON of a step's configuration."""
    data_steps(collect, validate_raw, curate, validate_curated, featurize)
