"""The stages: one folder each, step.py (the work) and component.py (its KFP face)."""
