"""The options of the process."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from museline_serving.predictor.faults import FaultPlan, parse_faults


@dataclass(frozen=True)
class Options:
    """Times are in seconds."""

    model_folder: Path
    public_key: Path | None
    allow_unsigned: bool
    model_name: str
    version: str
    host: str
    port: int
    device: str
    threads: int
    slots: int
    queue: int
    default_max_tokens: int
    feature_repo: Path | None
    grace: float
    lame_duck: float
    parent: int | None
    log_level: str
    faults: FaultPlan


def parse_options(arguments: Sequence[str]) -> Options:
    """Ends the process with status 2 for a wrong option. Raises ConfigurationError for a fault."""
    values = vars(_parser().parse_args(arguments))
    return Options(**values | {"faults": parse_faults(values["faults"])})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m museline_serving.predictor",
        description="Serve one signed model folder through KServe and the OpenAI chat API.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--model-folder", type=Path, required=True, help="the signed folder")
    add("--public-key", type=Path, help="the key (PEM) that the folder must be signed with")
    add("--allow-unsigned", action="store_true", help="serve a folder without checking it")
    add("--model-name", default="assistant", help="the public name")
    add("--version", default="unversioned", help="the value of the header x-museline-version")
    add("--host", default="127.0.0.1", help="the address to listen on")
    add("--port", type=_port, default=8081, help="the port to listen on; 0 takes a free one")
    add("--device", default="cpu", help="the torch device")
    add("--threads", type=_natural, default=1, help="torch threads; 0 for one per core")
    add("--slots", type=_positive, default=16, help="generations that run together")
    add("--queue", type=_natural, default=128, help="generations that wait; beyond: status 429")
    add("--default-max-tokens", type=_positive, default=64, help="for requests that name none")
    add("--feature-repo", type=Path, help="a Feast repository that fills the field `features`")
    add("--grace", type=float, default=30.0, help="seconds that requests have to finish at a stop")
    add("--lame-duck", type=float, default=0.0, help="seconds of serving on, not ready, at a stop")
    add("--parent", type=_positive, help="end when the process with this number has ended")
    add("--log-level", choices=("info", "warning", "error"), default="info", help="what is logged")
    add("--fault", dest="faults", action="append", default=[], metavar="NAME=VALUE",
        help="game days: errors=SHARE, latency=SECONDS, seed=NUMBER (repeatable)")  # fmt: skip
    return parser


def _natural(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{value} is below 0")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is below 1")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{value} is not between 0 and 65535")
    return value
