"""Taking a port before the slow part begins."""

from __future__ import annotations

import errno
import socket

from museline.errors import BusyError, ConfigurationError, MuselineError


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to this address (port 0: a free one), which does not listen yet.

    Raises BusyError if somebody listens there, ConfigurationError for what is no address here.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise explain(error, host, port) from error
    return listener


def explain(error: OSError, host: str, port: int) -> MuselineError:
    """What to tell the person of an error of `bind` or `listen`."""
    address = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return BusyError(
            f"another process listens on port {port}",
            value=address,
            mend="end it, or choose another port: --port NUMBER (0 takes a free one)",
        )
    return ConfigurationError(
        f"cannot listen there: {error.strerror or error}",
        value=address,
        mend="--host 127.0.0.1 listens on this machine only",
    )
