"""Around every request: the version header, the counters, and the last net under errors."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

from museline_serving.predictor.errors import ApiError, hidden
from museline_serving.predictor.metrics import surface_of
from museline_serving.predictor.service import CLIENT_CLOSED, RequestRecord, Service

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATE = "museline.request"
"""The key of the RequestRecord in a request's scope."""
MOST_BODY = 8 * 1024 * 1024
COUNTED = re.compile(r"/v1/models/[^/]*:predict|/v2/models/.*/infer|.*/chat/completions")
logger = logging.getLogger("museline.predictor")


def log_hidden(error: Exception) -> ApiError:
    """Write an unforeseen error to the log under a new name, and give the answer that names it."""
    identifier = f"error-{uuid.uuid4().hex[:12]}"
    logger.error("%s", identifier, exc_info=error)
    return hidden(identifier)


class Watch:
    """ASGI middleware. Inference requests (POST) are counted with the time to their last byte."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        record = RequestRecord(surface=surface_of(headers.get("x-surface")))
        scope[STATE] = record
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-museline-version"] = self.service.version
            await send(message)

        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BODY:
                raise ApiError(
                    413, f"the body is larger than {MOST_BODY} bytes", code="body_too_large"
                )
            return message

        try:
            await self.app(scope, bounded, watched)
        except Exception as error:  # noqa: BLE001 - the edge of the server: no detail gets out
            if record.code != CLIENT_CLOSED:
                record.code = 500
                answer = log_hidden(error)
                if not status:
                    await JSONResponse(answer.body(), 500)(scope, receive, watched)
        finally:
            if scope["method"] == "POST" and COUNTED.fullmatch(scope["path"]):
                seconds = time.perf_counter() - record.began
                code = record.code or status or CLIENT_CLOSED
                self.service.metrics.request(record.surface, code, seconds)
