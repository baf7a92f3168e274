"""train: from curated examples to a checkpoint, on Ray."""
