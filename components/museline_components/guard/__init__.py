"""The safety suites, and the gate that decides by rules."""
