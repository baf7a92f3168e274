"""The embedded adapters of the engine's ports: Envoy, its statistics, SQLite, the system's clock."""
