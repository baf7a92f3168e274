"""KServe's ModelServer on one address, with our routes and an orderly end."""

from __future__ import annotations

import asyncio
import logging
import math
import signal
import socket
from http import HTTPStatus
from types import FrameType
from typing import Any

import uvicorn
from fastapi.exceptions import RequestValidationError
from kserve.errors import (
    InferenceError,
    InvalidInput,
    ModelNotFound,
    ModelNotReady,
    ServerNotLive,
    ServerNotReady,
    UnsupportedProtocol,
)
from kserve.model_server import ModelServer
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.rest.server import RESTServer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from museline_serving.predictor.errors import ApiError
from museline_serving.predictor.listener import explain
from museline_serving.predictor.model import Assistant
from museline_serving.predictor.routes import add_routes
from museline_serving.predictor.service import Service

logger = logging.getLogger("museline.predictor")
STATUS_OF = {
    InvalidInput: 400,
    ModelNotFound: 404,
    ModelNotReady: 503,
    ServerNotLive: 503,
    ServerNotReady: 503,
    UnsupportedProtocol: 501,
    NotImplementedError: 501,
    InferenceError: 500,
}


class HonestDataPlane(DataPlane):
    """Ready when its models are; KServe's own always says yes."""

    async def ready(self) -> bool:
        models = self.model_registry.get_models().values()
        return all([await model.healthy() for model in models])


class GracefulServer(uvicorn.Server):
    """On the first SIGTERM or SIGINT it is not ready any more, serves on for the lame-duck time,
    then closes the port and lets requests finish. Ctrl-C again ends it at once."""

    def __init__(self, config: uvicorn.Config, service: Service, lame_duck: float) -> None:
        super().__init__(config)
        self.service, self.lame_duck = service, lame_duck
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.service.draining:
            if sig == signal.SIGINT:
                self.should_exit = self.force_exit = True
            return
        self.service.draining = True
        assert self._loop is not None
        self._loop.call_soon_threadsafe(
            self._leave, 0.0 if sig == signal.SIGINT else self.lame_duck
        )

    def _leave(self, seconds: float) -> None:
        logger.info("stopping: requests that are here finish first")
        asyncio.get_running_loop().call_later(seconds, setattr, self, "should_exit", True)


class PredictorRest(RESTServer):
    """KServe's REST server with our routes in front of its own and one shape for all errors."""

    def __init__(self, server: PredictorServer) -> None:
        super().__init__(
            "kserve.model_server:app",
            server.dataplane,
            server.model_repository_extension,
            server.http_port,
            grace_period=server.grace_period,
        )
        self.config.lifespan = "off"  # the application has none
        self._listener = server.listener
        self._service = server.service
        self._server = GracefulServer(self.config, server.service, server.lame_duck)

    def _add_middlewares(self, app: Any) -> None:
        add_routes(app, self._service)

    def _add_exception_handlers(self, app: Any) -> None:
        super()._add_exception_handlers(app)
        for kind in STATUS_OF:
            app.add_exception_handler(kind, _known)
        app.add_exception_handler(RequestValidationError, _malformed)
        app.add_exception_handler(HTTPException, _http)

    async def start(self) -> None:
        self.create_application()
        host, port = self._listener.getsockname()[:2]
        try:
            self._listener.listen()
        except OSError as error:  # somebody was quicker while the model was loading
            raise explain(error, host, port) from error
        name, version = self._service.name, self._service.version
        logger.info("%s (%s) answers at http://%s:%d", name, version, host, port)
        await self._server.serve(sockets=[self._listener])


class PredictorServer(ModelServer):
    """Serves `service` on the bound socket `listener`. Times are in seconds."""

    def __init__(
        self, service: Service, listener: socket.socket, *, grace: float, lame_duck: float
    ) -> None:
        super().__init__(
            http_port=listener.getsockname()[1],
            enable_grpc=False,
            enable_latency_logging=False,
            workers=1,
            grace_period=math.ceil(grace),
        )
        self.dataplane = HonestDataPlane(model_registry=self.registered_models)
        self.service, self.listener, self.lame_duck = service, listener, lame_duck

    def run(self) -> None:
        """Serve until a signal ends it."""
        self._register_and_check_atleast_one_model_is_ready([_loaded(self.service)])
        rest = PredictorRest(self)
        with asyncio.Runner(loop_factory=rest.config.get_loop_factory()) as runner:
            runner.run(rest.start())


def _loaded(service: Service) -> Assistant:
    model = Assistant(service)
    model.load()
    return model


async def _known(_: Request, error: Exception) -> Response:
    status = next(code for kind, code in STATUS_OF.items() if isinstance(error, kind))
    if status == 500:
        raise error  # the middleware hides it
    return _shaped(ApiError(status, str(error), code=HTTPStatus(status).name.lower()))


async def _malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    return _shaped(
        ApiError(400, f"{field}: {first['msg']}", param=field or None, code="invalid_value")
    )


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).name.lower()
    return _shaped(ApiError(error.status_code, str(error.detail), code=code), error.headers)


def _shaped(error: ApiError, headers: Any = None) -> Response:
    return JSONResponse(error.body(), error.status, headers=headers or error.headers)
