"""The KFP face of register: no logic. KFP copies the source of the function into the pipeline."""

from kfp import dsl

from museline_components.images import image


@dsl.component(base_image=image(), install_kfp_package=False)
def register(
    config: str,
    training: dsl.Input[dsl.Model],
    registered: dsl.Output[dsl.Model],
    evaluation: dsl.Input[dsl.Artifact] = None,
    safety: dsl.Input[dsl.Artifact] = None,
) -> None:
    """The signed folder of a registered model."""
    from museline_components.face import run_stage

    run_stage(
        "register",
        config,
        {"training": training, "evaluation": evaluation, "safety": safety},
        registered,
    )
