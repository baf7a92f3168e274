"""The pipelines: chains of stages, the recipes that configure them, the runners that run them."""
