"""The KFP face of curate: no logic. KFP copies the source of the function into the pipeline."""

from kfp import dsl

from museline_components.images import image


@dsl.component(base_image=image(), install_kfp_package=False)
def curate(config: str, data: dsl.Input[dsl.Dataset], dataset: dsl.Output[dsl.Dataset]) -> None:
    """Cleaned, deduplicated, labelled, scored and routed data."""
    from museline_components.face import run_stage

    run_stage("curate", config, {"data": data}, dataset)
