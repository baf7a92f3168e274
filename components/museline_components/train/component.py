"""The KFP face of train: no logic. KFP copies the source of the function into the pipeline."""

from kfp import dsl

from museline_components.images import image


@dsl.component(base_image=image(), install_kfp_package=False)
def train(config: str, data: dsl.Input[dsl.Dataset], model: dsl.Output[dsl.Model]) -> None:
    """A trained checkpoint with its loss curve."""
    from museline_components.face import run_stage

    run_stage("train", config, {"data": data}, model)
