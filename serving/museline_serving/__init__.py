"""Serving: predictor, transformer, gateway, and the rollout engine."""
