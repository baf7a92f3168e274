"""The KFP face of validate: no logic. KFP copies the source of the function into the pipeline."""

from kfp import dsl

from museline_components.images import image


@dsl.component(base_image=image(), install_kfp_package=False)
def validate(config: str, data: dsl.Input[dsl.Dataset], dataset: dsl.Output[dsl.Dataset]) -> None:
    """The same data, once its expectations are met."""
    from museline_components.face import run_stage

    run_stage("validate", config, {"data": data}, dataset)
