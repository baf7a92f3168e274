"""The nouns `run`, `runs`, `pipeline` and `demo` of the command line."""
