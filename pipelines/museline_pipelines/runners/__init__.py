"""Where a pipeline runs: one class per place, with the port's one method."""
