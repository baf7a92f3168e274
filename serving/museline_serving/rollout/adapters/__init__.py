"""The embedded adapters of the ports: Envoy, its statistics, SQLite, the system's clock."""
