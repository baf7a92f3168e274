"""Makes a trained model a registered one: its card, its signature, its version."""
