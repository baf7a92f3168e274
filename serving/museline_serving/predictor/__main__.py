"""`python -m museline_serving.predictor`."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Sequence

from museline.errors import BusyError, ConfigurationError, MuselineError
from museline_serving.predictor.lean import import_lazily
from museline_serving.predictor.loading import load_service
from museline_serving.predictor.options import Options, parse_options
from museline_serving.predictor.parent import follow


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal; the exit code (museline.errors) if it cannot."""
    _configure_logging()
    try:
        options = parse_options(arguments)
        serve(options)
    except MuselineError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def serve(options: Options) -> None:
    """Take the port, load, and serve. Raises BusyError for a port that somebody else has."""
    if options.parent:
        follow(options.parent, options.grace)
    from museline_serving.predictor.server import PredictorServer, bind

    try:
        listener = bind(options.host, options.port)
    except OSError as error:
        raise _port_error(options, error) from error
    with listener:
        service = load_service(options)
        service.batcher.start()
        try:
            PredictorServer(
                service, listener, grace=options.grace, lame_duck=options.lame_duck
            ).run()
        finally:
            service.batcher.close()


def _port_error(options: Options, error: OSError) -> MuselineError:
    address = f"{options.host}:{options.port}"
    if error.errno == errno.EADDRINUSE:
        return BusyError(
            "another process listens on this port",
            value=address,
            mend="end it, or choose another port: --port NUMBER (0 takes a free one)",
        )
    return ConfigurationError(f"cannot listen there: {error.strerror}", value=address)


def _configure_logging() -> None:
    """One format for us, KServe and uvicorn, on the standard error stream."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # KServe configures logging by itself unless its logger has a handler.
    logging.getLogger("kserve").addHandler(logging.NullHandler())
    for name in ("uvicorn.access", "kserve"):
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.argv[1:] = []  # KServe reads them too, at its import
    import_lazily("kserve")
    sys.exit(main(given))
