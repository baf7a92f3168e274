"""The commands of serving and releases."""
