"""A router that writes Envoy's file-based route discovery and reads Envoy's own configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import httpx

from museline.storage import write_text
from museline_serving.gateway.config import routes, weights_of


class EnvoyRouter:
    """Envoy in `folder`, its admin page at `admin`."""

    def __init__(self, folder: Path, admin: str) -> None:
        self._file = folder / "xds" / "routes.json"
        self._lock = folder / "routes.lock"
        self._admin = httpx.Client(base_url=admin, timeout=5)

    def write(self, weights: Mapping[str, int], revision: int) -> None:
        """By rename, so that Envoy reads the old or the new file; it then swaps its routes at once
        and lets requests that are under way end where they are."""
        from filelock import FileLock

        with FileLock(self._lock):
            if self._written() <= revision:
                write_text(self._file, json.dumps(routes(weights, revision)))

    def read(self) -> Mapping[str, int] | None:
        try:
            answer = self._admin.get("/config_dump", params={"resource": "dynamic_route_configs"})
            answer.raise_for_status()
        except httpx.HTTPError:
            return None
        weights: dict[str, int] = {}
        for each in answer.json().get("configs", []):
            weights |= weights_of(each.get("route_config", {}))
        return weights or None

    def _written(self) -> int:
        return (
            int(json.loads(self._file.read_text())["version_info"]) if self._file.exists() else -1
        )

    def close(self) -> None:
        self._admin.close()
