"""Checks of what this machine has: each is fine, or says why not and how to mend it."""

from museline.doctor.checks import Check, CheckResult, core_checks, find_checks

__all__ = ["Check", "CheckResult", "core_checks", "find_checks"]
