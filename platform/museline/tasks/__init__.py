"""Verifiable tasks: each family generates examples, solves them and checks answers."""

from museline.tasks.families import FAMILIES, TaskFamily, check_answer, family, pool_of, solve

__all__ = ["FAMILIES", "TaskFamily", "check_answer", "family", "pool_of", "solve"]
