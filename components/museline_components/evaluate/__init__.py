"""Exact-match suites: both models answer the same held-out cases."""
