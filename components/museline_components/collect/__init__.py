"""collect: verifiable tasks, clinical tables and the user's own files, as one set of examples."""
