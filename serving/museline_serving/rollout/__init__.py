"""The rollout engine: a pure decision, the evidence it rests on, and the ports around it."""

from museline_serving.rollout.controller import Controller
from museline_serving.rollout.engine import begin, decide
from museline_serving.rollout.plan import Analysis, Metric, RolloutPlan, Wave
from museline_serving.rollout.plans import (
    demonstration_plan,
    named_plan,
    only_surfaces,
    production_plan,
    read_plan,
)
from museline_serving.rollout.words import Decision, Observation, Order, Sample, State

__all__ = [
    "Analysis",
    "Controller",
    "Decision",
    "Metric",
    "Observation",
    "Order",
    "RolloutPlan",
    "Sample",
    "State",
    "Wave",
    "begin",
    "decide",
    "demonstration_plan",
    "named_plan",
    "only_surfaces",
    "production_plan",
    "read_plan",
]
