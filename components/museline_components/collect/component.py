"""The KFP face of collect: no logic. KFP copies the source of the function into the pipeline."""

from kfp import dsl

from museline_components.images import image


@dsl.component(base_image=image(), install_kfp_package=False)
def collect(config: str, dataset: dsl.Output[dsl.Dataset]) -> None:
    """Verifiable tasks, real data sets and the user's own files, in one schema."""
    from museline_components.face import run_stage

    run_stage("collect", config, {}, dataset)
