"""The KFP face of guard: no logic. KFP copies the source of the function into the pipeline."""

from kfp import dsl

from museline_components.images import image


@dsl.component(base_image=image(), install_kfp_package=False)
def guard(
    config: str,
    evaluation: dsl.Input[dsl.Artifact],
    candidate: dsl.Input[dsl.Model],
    incumbent: dsl.Input[dsl.Model],
    safety: dsl.Output[dsl.Artifact],
) -> None:
    """The safety suites, and what the gate decided."""
    from museline_components.face import run_stage

    run_stage(
        "guard",
        config,
        {"evaluation": evaluation, "candidate": candidate, "incumbent": incumbent},
        safety,
    )
