"""Ports of this machine."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from museline.errors import BusyError

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Ports that the system says are free now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [int(each.getsockname()[1]) for each in sockets]


def require_free(port: int, purpose: str) -> None:
    """Raise BusyError, which names `purpose`, if somebody listens on `port`; 0 is always free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise BusyError(
                f"the port for {purpose} is in use",
                value=port,
                mend="end what listens there, or choose another: --port 0 takes a free one",
            ) from error
