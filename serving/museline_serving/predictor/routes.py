"""The OpenAI routes, on the application that KServe serves."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from museline_serving.predictor.chat import ChatRequest, parse_chat, parse_json, to_asked
from museline_serving.predictor.errors import ApiError
from museline_serving.predictor.generation import Delta, Event, Finished
from museline_serving.predictor.middleware import STATE, Watch, log_hidden
from museline_serving.predictor.service import CLIENT_CLOSED, Answer, RequestRecord, Service

if TYPE_CHECKING:
    from fastapi import FastAPI

PREFIXES = ("/openai/v1", "/v1")


def add_routes(app: FastAPI, service: Service) -> None:
    """Register our routes, the middleware and the error shape on `app`.

    Called before KServe registers its own, so that ours are found first.
    """
    routes = Routes(service)
    for prefix in PREFIXES:
        app.add_route(f"{prefix}/chat/completions", routes.chat, methods=["POST"])
        app.add_route(f"{prefix}/models", routes.models, methods=["GET"])
        app.add_route(f"{prefix}/models/{{name}}", routes.model, methods=["GET"])
    app.add_exception_handler(ApiError, _answer_error)
    app.add_middleware(Watch, service=service)


async def _answer_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), error.status, headers=error.headers)


class Routes:
    """The handlers of one service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._started = int(time.time())

    async def models(self, _: Request) -> Response:
        """OpenAI's list, together with the key `models` of KServe's own."""
        return JSONResponse(
            {"object": "list", "data": [self._card()], "models": [self.service.name]}
        )

    async def model(self, request: Request) -> Response:
        """OpenAI's card of a model, together with the keys of KServe's readiness answer."""
        self._check_name(str(request.path_params["name"]))
        if self.service.draining:
            raise ApiError(503, f"Model with name {self.service.name} is not ready.")
        return JSONResponse(self._card() | {"name": self.service.name, "ready": True})

    def _card(self) -> dict[str, Any]:
        return {
            "id": self.service.name,
            "object": "model",
            "created": self._started,
            "owned_by": "museline",
            "version": self.service.version,
        }

    def _check_name(self, name: str) -> None:
        if name != self.service.name:
            raise ApiError(
                404,
                f"there is no model {name!r}; this server has {self.service.name!r}",
                param="model",
                code="model_not_found",
            )

    async def chat(self, request: Request) -> Response:
        """POST chat/completions."""
        record: RequestRecord = request.scope[STATE]
        chat = parse_chat(parse_json(await request.body()))
        self._check_name(chat.model)
        asked = to_asked(chat)
        identifier = f"chatcmpl-{uuid.uuid4().hex}"
        if chat.stream:
            answer = await self.service.begin(asked, stream=True)
            try:
                first = await answer.next()  # an error before the first token has its own status
            except BaseException:
                answer.close()
                raise
            stream = _Stream(self, chat, identifier, answer, record)
            return StreamingResponse(
                stream.lines(first),
                media_type="text/event-stream",
                headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
            )

        async def gone() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        finished = await self.service.complete(asked, record, gone)
        if finished is None:
            return Response(status_code=CLIENT_CLOSED)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": finished.text, "refusal": None},
            "logprobs": None,
            "finish_reason": finished.reason,
        }
        return JSONResponse(
            self.envelope(identifier, "chat.completion", [choice]) | {"usage": _usage(finished)}
        )

    def envelope(self, identifier: str, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": identifier,
            "object": kind,
            "created": int(time.time()),
            "model": self.service.name,
            "system_fingerprint": self.service.version,
            "choices": choices,
        }


class _Stream:
    """One answer as server-sent events."""

    def __init__(
        self,
        routes: Routes,
        chat: ChatRequest,
        identifier: str,
        answer: Answer,
        record: RequestRecord,
    ) -> None:
        self.routes, self.identifier = routes, identifier
        self.answer, self.record = answer, record
        options = chat.stream_options
        self.with_usage = bool(options and options.include_usage)

    async def lines(self, first: Event) -> AsyncIterator[bytes]:
        """The body. Closing it before its end (the client has gone) gives up the slot."""
        self.record.code = CLIENT_CLOSED  # until the end is reached
        try:
            yield self._chunk({"role": "assistant", "content": ""})
            event = first
            while isinstance(event, Delta):
                yield self._chunk({"content": event.text})
                event = await self.answer.next()
            assert isinstance(event, Finished)
            self.record.code = None
            self.routes.service.count(event, self.record)
            yield self._chunk({}, event.reason)
            if self.with_usage:
                last = self._envelope([]) | {"usage": _usage(event)}
                yield _line(last)
            yield b"data: [DONE]\n\n"
        except ApiError as error:
            self.record.code = error.status
            yield _line(error.body())
        except Exception as error:  # noqa: BLE001 - the status is sent; tell the client what is left
            self.record.code = 500
            yield _line(log_hidden(error).body())
        finally:
            self.answer.close()

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return _line(self._envelope([choice]) | ({"usage": None} if self.with_usage else {}))

    def _envelope(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return self.routes.envelope(self.identifier, "chat.completion.chunk", choices)


def _line(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _usage(finished: Finished) -> dict[str, int]:
    return {
        "prompt_tokens": finished.prompt_tokens,
        "completion_tokens": finished.completion_tokens,
        "total_tokens": finished.prompt_tokens + finished.completion_tokens,
    }
