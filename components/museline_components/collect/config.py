"""What collect can be told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, create_model, field_validator, model_validator

from museline.config import Config
from museline.tasks import FAMILIES
from museline.tasks.families import LEVEL_WEIGHTS

PATIENTS = {"breast_cancer": 569, "diabetes": 442}
"""The clinical tables, with the number of patients that each has."""

if TYPE_CHECKING:

    class Counts(Config):
        def __init__(self, **counts: int) -> None: ...
else:
    Counts = create_model(
        "Counts",
        __base__=Config,
        __doc__="How many examples to make of each task family and clinical table.",
        **{
            family.name: (int, Field(family.usual_count, ge=0, description="examples"))
            for family in FAMILIES.values()
        },
        **{
            name: (int, Field(patients, ge=0, le=patients, description="patients"))
            for name, patients in PATIENTS.items()
        },
    )


Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Configuration(Config):
    seed: int = 0
    """Equal configurations give equal files, byte for byte."""

    counts: Counts = Counts()
    """Examples per task family, and patients per clinical table."""

    scale: float = Field(1.0, ge=0, le=1000)
    """Multiplies every count (patients at most once): 0.1 is a small set of the same mixture, 0
    leaves only the user's files."""

    level_weights: tuple[Weight, Weight, Weight] = LEVEL_WEIGHTS
    """How often easy, middling and hard questions are asked, relative to each other: (4, 3, 3) is
    four easy ones of ten. A level whose questions are used up gives way to the others."""

    noise: float = Field(0.05, ge=0, le=1)
    """Share of the task examples whose given answer is wrong, as labels by people are."""

    duplicates: float = Field(0.02, ge=0, le=1)
    """Share of the task examples that come a second time with a prompt that differs a little, as
    copies do that reached the collection by two ways."""

    pii: float = Field(0.01, ge=0, le=1)
    """Share of the task examples with an e-mail address or telephone number in the prompt, as
    people leave them in messages. The addresses and numbers are reserved ones: nobody's."""

    visit_variation: float = Field(0.03, ge=0, le=0.5)
    """Relative standard deviation of a measurement between a patient's visits."""

    user_files: tuple[str, ...] = ()
    """Paths or fsspec URIs of JSONL or Parquet files with the columns prompt and answer."""

    labels: tuple[str, ...] = ()
    """The answers that the user's files may give; empty allows any."""

    on_bad_line: Literal["stop", "quarantine"] = "stop"
    """What a bad line of a user's file does: stop the run, or go to rejected.jsonl."""

    @model_validator(mode="after")
    def _a_level_remains(self) -> Configuration:
        if not sum(self.level_weights):
            raise ValueError("level_weights must leave a level that is asked")
        return self

    @field_validator("user_files")
    @classmethod
    def _absolute(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        """Paths as seen from here: a run may be resumed from another folder."""
        return tuple(each if "://" in each else str(Path(each).absolute()) for each in files)

    def scaled(self, name: str) -> int:
        """How many examples of the family, or patients of the table, `name` to make."""
        count = round(getattr(self.counts, name) * self.scale)
        return min(count, PATIENTS.get(name, count))

    def outside(self) -> object:
        from museline_components.collect.user_state import state_of

        return [state_of(uri) for uri in self.user_files]
