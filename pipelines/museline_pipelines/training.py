"""The pipeline from raw sources to two registered models: the incumbent and its candidate."""

from kfp import dsl

from museline_components.evaluate.component import evaluate as evaluate_stage
from museline_components.guard.component import guard as guard_stage
from museline_components.register.component import register
from museline_components.train.component import train
from museline_pipelines.data_engine import data_steps, named


@dsl.pipeline(
    name="training",
    description="The data engine, both models, their evaluation, the gate and the registry.",
)
def training(
    collect: str,
    validate_raw: str,
    curate: str,
    validate_curated: str,
    featurize: str,
    train_incumbent: str,
    train_candidate: str,
    evaluate: str,
    guard: str,
    register_incumbent: str,
    register_candidate: str,
) -> None:
    """Each parameter is the JSON of a step's configuration."""
    data = data_steps(collect, validate_raw, curate, validate_curated, featurize)
    incumbent = named(train(config=train_incumbent, data=data), "train-incumbent").outputs["model"]
    candidate = named(train(config=train_candidate, data=data), "train-candidate").outputs["model"]
    evaluation = named(
        evaluate_stage(config=evaluate, data=data, candidate=candidate, incumbent=incumbent),
        "evaluate",
    ).outputs["evaluation"]
    safety = named(
        guard_stage(config=guard, evaluation=evaluation, candidate=candidate, incumbent=incumbent),
        "guard",
    ).outputs["safety"]
    # The incumbent is in production already: neither the evaluation nor the gate judges it.
    first = named(register(config=register_incumbent, training=incumbent), "register-incumbent")
    named(
        register(
            config=register_candidate, training=candidate, evaluation=evaluation, safety=safety
        ),
        "register-candidate",
    ).after(first)
