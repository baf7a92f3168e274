"""The KFP face of featurize: no logic. KFP copies the source of the function into the pipeline."""

from kfp import dsl

from museline_components.images import image


@dsl.component(base_image=image(), install_kfp_package=False)
def featurize(config: str, data: dsl.Input[dsl.Dataset], dataset: dsl.Output[dsl.Dataset]) -> None:
    """Data whose table prompts hold the features as of their time."""
    from museline_components.face import run_stage

    run_stage("featurize", config, {"data": data}, dataset)
