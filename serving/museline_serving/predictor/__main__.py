"""`python -m museline_serving.predictor`."""

from __future__ import annotations

import gc
import logging
import os
import sys
import warnings
from collections.abc import Sequence

from museline.errors import MuselineError
from museline_serving.predictor.lean import import_lazily
from museline_serving.predictor.listener import bind
from museline_serving.predictor.loading import load_service, verify
from museline_serving.predictor.options import Options, parse_options
from museline_serving.predictor.parent import follow


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal; the exit code (museline.errors) if it cannot."""
    try:
        options = parse_options(arguments)
        _configure_logging(options.log_level)
        serve(options)
    except MuselineError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def serve(options: Options) -> None:
    """Take the port, verify, load, and serve, in this order: what is refused is refused soon."""
    if options.parent:
        follow(options.parent, options.grace)
    with bind(options.host, options.port) as listener:
        verify(options.model_folder, options.public_key, options.allow_unsigned)
        from museline_serving.predictor.server import PredictorServer

        service = load_service(options)
        gc.freeze()  # what was loaded stays: no collection need look at it
        gc.enable()
        service.batcher.start()
        try:
            PredictorServer(
                service, listener, grace=options.grace, lame_duck=options.lame_duck
            ).run()
        finally:
            service.batcher.close()


def _configure_logging(level: str) -> None:
    """One format for us, KServe and uvicorn, on the standard error stream."""
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # KServe configures logging by itself unless its logger has a handler.
    logging.getLogger("kserve").addHandler(logging.NullHandler())
    for name in ("uvicorn.access", "kserve"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # KServe's own default response class; nothing here can change it.
    warnings.filterwarnings("ignore", "ORJSONResponse is deprecated")


if __name__ == "__main__":
    gc.disable()  # nothing of the imports and the loading is garbage: about 1 s saved of 12
    given = sys.argv[1:]
    sys.argv[1:] = []  # KServe reads them too, at its import
    import_lazily("kserve")
    code = main(given)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # all is closed; taking the libraries apart would need seconds
