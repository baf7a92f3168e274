"""Plans by name and from files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from museline.errors import ConfigurationError, near
from museline.surfaces import DEVICES, FIRST_PARTY, MESSAGING
from museline_serving.rollout.plan import Analysis, Metric, RolloutPlan, Wave


def production_plan() -> RolloutPlan:
    """The plan for surfaces with real traffic: small first steps, narrow margins, approvals."""
    return RolloutPlan(
        waves=(
            Wave(name="first-party", surfaces=FIRST_PARTY),
            Wave(name="messaging", surfaces=MESSAGING, gate="approval"),
            Wave(name="devices", surfaces=DEVICES, gate="approval"),
        ),
        analysis=Analysis(
            metrics=(
                Metric(name="errors", kind="errors", margin=0.005, limit=0.05),
                Metric(name="slow", kind="slow", threshold_seconds=2.0, margin=0.01, limit=0.2),
            )
        ),
    )


def demonstration_plan() -> RolloutPlan:
    """The plan for about 36 requests a second in all, done in about 80 s.

    So little traffic cannot show small differences in so short a time: the first steps and the
    margins are wide (5 points of errors, 10 points of slow requests), and the promises hold for
    these margins and no narrower ones.
    """
    return RolloutPlan(
        waves=(
            Wave(name="first-party", surfaces=FIRST_PARTY, weights=(25, 50, 100)),
            Wave(name="messaging", surfaces=MESSAGING, weights=(25, 50, 100)),
            Wave(name="devices", surfaces=DEVICES, weights=(50, 100)),
        ),
        analysis=Analysis(
            metrics=(
                Metric(name="errors", kind="errors", margin=0.05, limit=0.05),
                Metric(name="slow", kind="slow", threshold_seconds=5.0, margin=0.1, limit=0.3),
            ),
            minimum_seconds=2,
            minimum_requests=5,
            silence_seconds=10,
        ),
        bake_seconds=3,
    )


PLANS = {"production": production_plan, "demonstration": demonstration_plan}


def named_plan(name: str) -> RolloutPlan:
    """The plan called `name`. Raises ConfigurationError, with the near names, for others."""
    if name not in PLANS:
        raise ConfigurationError("there is no such plan", value=name, allowed=near(name, PLANS))
    return PLANS[name]()


def read_plan(path: Path) -> RolloutPlan:
    """The plan in a YAML or JSON file.

    Raises ConfigurationError that names the place in the file for anything that is not a plan.
    """
    import yaml

    if not path.is_file():
        raise ConfigurationError("there is no such plan file", value=path, mend="check the path")
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the plan is not valid YAML: {error}", value=path) from error
    if not isinstance(content, dict):
        raise ConfigurationError(
            "a plan is a mapping with waves and analysis",
            value=f"{type(content).__name__} in {path}",
        )
    return checked_plan(content, str(path))


def checked_plan(content: dict[str, object], source: str) -> RolloutPlan:
    """The plan that `content` describes; errors name `source` and the place in it."""
    try:
        return RolloutPlan.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the plan"
        unknown = first["type"] == "extra_forbidden"
        message = str(first["msg"]).removeprefix("Value error, ")
        raise ConfigurationError(
            f"{source}: {place}: {'there is no such field' if unknown else message}",
            value=None if isinstance(first.get("input"), dict) else first.get("input"),
            allowed=near(str(first["loc"][-1]), _fields()) if unknown else "",
            mend="see docs/reference/release-plan.md",
        ) from error


def only_surfaces(plan: RolloutPlan, surfaces: Iterable[str]) -> RolloutPlan:
    """`plan` with nothing but `surfaces`; a wave without any of them is left out.

    Raises ConfigurationError for a surface that the plan lacks or that is named twice.
    """
    wanted = list(surfaces)
    for surface in wanted:
        if surface not in plan.surfaces:
            raise ConfigurationError(
                "the plan has no such surface", value=surface, allowed=near(surface, plan.surfaces)
            )
        if wanted.count(surface) > 1:
            raise ConfigurationError("a surface is named twice", value=surface)
    kept = [
        wave.model_copy(
            update={"surfaces": tuple(each for each in wave.surfaces if each in wanted)}
        )
        for wave in plan.waves
        if set(wave.surfaces) & set(wanted)
    ]
    return plan.model_copy(update={"waves": tuple(kept)})


def plan_text(plan: RolloutPlan) -> str:
    """`plan` as the YAML that `read_plan` reads."""
    import yaml

    return yaml.safe_dump(json.loads(plan.model_dump_json()), sort_keys=False)


def _fields() -> set[str]:
    kinds = (RolloutPlan, Wave, Analysis, Metric)
    return {name for kind in kinds for name in kind.model_fields}
