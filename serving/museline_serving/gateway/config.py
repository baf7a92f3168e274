"""Envoy's configuration: one route per surface, split over one cluster per surface and side.

A cluster per surface and side makes Envoy's own cluster statistics the counts that the engine
needs, with nothing to join.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

SIDES = ("incumbent", "candidate")
SURFACE_HEADER = "x-surface"
ROUTES = "surfaces"
OTHER = "other"
"""The incumbent's cluster for requests that name no surface of the plan."""
BUCKETS_MS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000)
HISTOGRAM_SECONDS = 0.5
"""How often Envoy brings its histograms together; they lag behind its counters by as much."""
KEEP_ALIVE_SECONDS = 2
"""Shorter than the servers' 5 s: who closes an idle connection must not be surprised by a request
that is on its way over it."""
_TYPES = "type.googleapis.com/envoy."


def cluster_name(surface: str, side: str) -> str:
    return f"{side}_{surface}"


def bootstrap(
    folder: Path,
    surfaces: Sequence[str],
    endpoints: Mapping[str, tuple[str, int]],
    port: int,
    thresholds_seconds: Iterable[float] = (),
    host: str = "127.0.0.1",
) -> dict[str, Any]:
    """The static part. `endpoints` maps each side to host and port; the routes come from
    `folder/xds/routes.json`; the admin page takes a free port."""
    buckets = sorted({*map(float, BUCKETS_MS), *(1000 * each for each in thresholds_seconds)})
    clusters = [
        _cluster(cluster_name(surface, side), *endpoints[side])
        for surface in surfaces
        for side in SIDES
    ]
    clusters.append(_cluster(OTHER, *endpoints["incumbent"]))
    return {
        "node": {"id": "museline", "cluster": "museline"},
        "admin": {"address": _address(host, 0)},
        "stats_flush_interval": f"{HISTOGRAM_SECONDS}s",
        "stats_config": {
            "histogram_bucket_settings": [
                {"match": {"suffix": "upstream_rq_time"}, "buckets": buckets}
            ]
        },
        "static_resources": {
            "listeners": [_listener(folder, host, port)],
            "clusters": clusters,
        },
    }


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _cluster(name: str, host: str, port: int) -> dict[str, Any]:
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(host, port)}}]}],
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPES}extensions.upstreams.http.v3.HttpProtocolOptions",
                "common_http_protocol_options": {"idle_timeout": f"{KEEP_ALIVE_SECONDS}s"},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }


def _listener(folder: Path, host: str, port: int) -> dict[str, Any]:
    watched = folder / "xds"
    return {
        "name": "gateway",
        "address": _address(host, port),
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": {
                            "@type": f"{_TYPES}extensions.filters.network."
                            "http_connection_manager.v3.HttpConnectionManager",
                            "stat_prefix": "gateway",
                            "rds": {
                                "route_config_name": ROUTES,
                                "config_source": {
                                    "resource_api_version": "V3",
                                    "path_config_source": {
                                        "path": str(watched / "routes.json"),
                                        "watched_directory": {"path": str(watched)},
                                    },
                                },
                            },
                            "access_log": [_failures(folder)],
                            "http_filters": [
                                {
                                    "name": "envoy.filters.http.router",
                                    "typed_config": {
                                        "@type": f"{_TYPES}extensions.filters.http.router.v3.Router"
                                    },
                                }
                            ],
                        },
                    }
                ]
            }
        ],
    }


def _failures(folder: Path) -> dict[str, Any]:
    """A log of the answers 5xx, with Envoy's flags that say whose failure each was."""
    return {
        "name": "envoy.access_loggers.file",
        "filter": {
            "status_code_filter": {
                "comparison": {
                    "op": "GE",
                    "value": {"default_value": 500, "runtime_key": "museline.failures_from"},
                }
            }
        },
        "typed_config": {
            "@type": f"{_TYPES}extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(folder / "logs" / "failures.jsonl"),
            "log_format": {
                "json_format": {
                    "time": "%START_TIME%",
                    "status": "%RESPONSE_CODE%",
                    "flags": "%RESPONSE_FLAGS%",
                    "cluster": "%UPSTREAM_CLUSTER%",
                    "milliseconds": "%DURATION%",
                }
            },
        },
    }


def routes(weights: Mapping[str, int], revision: int) -> dict[str, Any]:
    """The routes that give the candidate `weights` percent of each surface.

    Without retries: a retried request would be counted twice, and would hide an error.
    """
    rows = [_route(surface, weight) for surface, weight in weights.items()]
    rows.append({"match": {"prefix": "/"}, "route": {"cluster": OTHER, "timeout": "120s"}})
    return {
        "version_info": str(revision),
        "resources": [
            {
                "@type": f"{_TYPES}config.route.v3.RouteConfiguration",
                "name": ROUTES,
                "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": rows}],
            }
        ],
    }


def _route(surface: str, weight: int) -> dict[str, Any]:
    split = [("incumbent", 100 - weight), ("candidate", weight)]
    return {
        "name": surface,
        "match": {
            "prefix": "/",
            "headers": [{"name": SURFACE_HEADER, "string_match": {"exact": surface}}],
        },
        "route": {
            "timeout": "120s",
            "weighted_clusters": {
                "clusters": [
                    {"name": cluster_name(surface, side), "weight": part}
                    for side, part in split
                    if part > 0
                ]
            },
        },
    }


def weights_of(route_configuration: Mapping[str, Any]) -> dict[str, int]:
    """The candidate's percentages in a RouteConfiguration, as Envoy's admin page shows it."""
    weights = {}
    for host in route_configuration.get("virtual_hosts", []):
        for route in host.get("routes", []):
            split = route.get("route", {}).get("weighted_clusters", {}).get("clusters")
            if split:
                name = cluster_name(route["name"], "candidate")
                weights[route["name"]] = sum(
                    int(each["weight"]) for each in split if each["name"] == name
                )
    return weights
