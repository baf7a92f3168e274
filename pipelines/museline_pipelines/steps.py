"""The steps of each pipeline by name: which stage each runs, and with which configuration.

Light: importing this loads neither KFP nor any stage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from museline.config import Config

Selector = Callable[[Config], Config]


@dataclass(frozen=True)
class Step:
    """`name` is what people see and what logs are called; `configuration` finds its part."""

    name: str
    stage: str
    configuration: Selector

    @property
    def parameter(self) -> str:
        """The name of the pipeline's parameter that carries this step's configuration."""
        return self.name.replace("-", "_")


def _field(name: str) -> Selector:
    return attrgetter(name)


def _suite(name: str) -> Selector:
    return lambda whole: whole.validate.model_copy(update={"suite": name})  # type: ignore[attr-defined]


def _role(role: str) -> Selector:
    return lambda whole: whole.register.model_copy(update={"role": role})  # type: ignore[attr-defined]


DATA_ENGINE: tuple[Step, ...] = (
    Step("collect", "collect", _field("collect")),
    Step("validate-raw", "validate", _suite("raw")),
    Step("curate", "curate", _field("curate")),
    Step("validate-curated", "validate", _suite("curated")),
    Step("featurize", "featurize", _field("featurize")),
)
TRAINING: tuple[Step, ...] = (
    *DATA_ENGINE,
    Step("train-incumbent", "train", _field("incumbent")),
    Step("train-candidate", "train", _field("train")),
    Step("evaluate", "evaluate", _field("evaluate")),
    Step("guard", "guard", _field("guard")),
    Step("register-incumbent", "register", _role("incumbent")),
    Step("register-candidate", "register", _role("candidate")),
)


def arguments(steps: tuple[Step, ...], configuration: Config) -> dict[str, str]:
    """The pipeline's parameters: each step's configuration as JSON."""
    return {step.parameter: step.configuration(configuration).model_dump_json() for step in steps}
