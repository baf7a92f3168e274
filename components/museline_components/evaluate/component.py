"""The KFP face of evaluate: no logic. KFP copies the source of the function into the pipeline."""

from kfp import dsl

from museline_components.images import image


@dsl.component(base_image=image(), install_kfp_package=False)
def evaluate(
    config: str,
    data: dsl.Input[dsl.Dataset],
    candidate: dsl.Input[dsl.Model],
    incumbent: dsl.Input[dsl.Model],
    evaluation: dsl.Output[dsl.Artifact],
) -> None:
    """Candidate and incumbent on the same cases."""
    from museline_components.face import run_stage

    run_stage(
        "evaluate",
        config,
        {"data": data, "candidate": candidate, "incumbent": incumbent},
        evaluation,
    )
