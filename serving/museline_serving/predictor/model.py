"""KServe's face of the assistant: the V1 and V2 inference protocols."""

from __future__ import annotations

import asyncio
from typing import Any

from kserve.errors import InvalidInput
from kserve.model import Model
from kserve.protocol.infer_type import InferOutput, InferRequest, InferResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from museline_serving.predictor.chat import (
    Asked,
    FeatureReference,
    check_text,
    parse_json,
    read_base64,
)
from museline_serving.predictor.errors import ApiError, invalid
from museline_serving.predictor.generation import Finished
from museline_serving.predictor.metrics import surface_of
from museline_serving.predictor.service import RequestRecord, Service

MOST_INSTANCES = 64


class Instance(BaseModel):
    """One prompt of a V1 request. `image` is a PNG in base64."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    prompt: str
    image: str | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float = Field(default=0.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    stop: list[str] = Field(default=[], max_length=4)
    features: FeatureReference | None = None

    def asked(self, field: str) -> Asked:
        if not self.prompt and not self.image:
            raise invalid("the prompt is empty", param=f"{field}.prompt")
        image = read_base64(self.image, f"{field}.image") if self.image else None
        return Asked(
            check_text(self.prompt, f"{field}.prompt"),
            image,
            self.max_tokens,
            self.temperature,
            self.top_p,
            self.seed,
            tuple(each for each in self.stop if each),
            self.features,
        )


class Assistant(Model):
    """The KServe model. V1: `{"instances": ["text", {"prompt": ..., ...}]}` gives predictions with
    text, finish_reason and token counts. V2: an input `prompt` (BYTES, [n]) gives `text` and
    `completion_tokens`; the settings are the request's parameters."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.name)
        self.service = service

    async def healthy(self) -> bool:
        return bool(self.ready) and not self.service.draining

    def get_input_types(self) -> list[dict[str, Any]]:
        return [{"name": "prompt", "datatype": "BYTES", "shape": [-1]}]

    def get_output_types(self) -> list[dict[str, Any]]:
        return [
            {"name": "text", "datatype": "BYTES", "shape": [-1]},
            {"name": "completion_tokens", "datatype": "INT32", "shape": [-1]},
        ]

    async def predict(
        self,
        payload: Any,
        headers: dict[str, str] | None = None,
        response_headers: dict[str, str] | None = None,
    ) -> Any:
        surface = surface_of((headers or {}).get("x-surface"))
        if isinstance(payload, InferRequest):
            return _infer_response(
                payload, self.name, await self._all(_infer_instances(payload), surface)
            )
        if isinstance(payload, bytes):  # a body without "content-type: application/json"
            payload = parse_json(payload)
        instances = payload.get("instances") if isinstance(payload, dict) else None
        if not isinstance(instances, list):
            raise InvalidInput('the body is an object with a list "instances"')
        found = await self._all(instances, surface)
        return {
            "predictions": [
                {
                    "text": each.text,
                    "finish_reason": each.reason,
                    "prompt_tokens": each.prompt_tokens,
                    "completion_tokens": each.completion_tokens,
                }
                for each in found
            ]
        }

    async def _all(self, instances: list[Any], surface: str) -> list[Finished]:
        """The answers in order; the first error gives up the others."""
        if not 0 < len(instances) <= MOST_INSTANCES:
            raise invalid(f"between 1 and {MOST_INSTANCES} instances", param="instances")
        asked = [_instance(each, f"instances.{at}") for at, each in enumerate(instances)]
        record = RequestRecord(surface)

        async def forever() -> None:
            await asyncio.Event().wait()

        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self.service.complete(each, record, forever)) for each in asked
            ]
        return [finished for task in tasks if (finished := task.result()) is not None]

    async def __call__(self, *arguments: Any, **named: Any) -> Any:
        try:
            return await super().__call__(*arguments, **named)
        except BaseExceptionGroup as group:
            first = next((each for each in group.exceptions if isinstance(each, ApiError)), None)
            raise first or group.exceptions[0] from group


def _instance(value: Any, field: str) -> Asked:
    content = {"prompt": value} if isinstance(value, str) else value
    try:
        return Instance.model_validate(content).asked(field)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join([field, *(str(part) for part in first["loc"])])
        raise invalid(f"{name}: {first['msg']}", param=name) from error


def _infer_instances(request: InferRequest) -> list[Any]:
    for tensor in request.inputs:
        if tensor.name == "prompt" and tensor.datatype == "BYTES":
            texts = [_text(each) for each in tensor.as_numpy().reshape(-1).tolist()]
            return [{**(request.parameters or {}), "prompt": each} for each in texts]
    raise InvalidInput('an input tensor "prompt" of datatype BYTES is needed')


def _text(value: Any) -> str:
    try:
        return value.decode() if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"a prompt is not UTF-8: {error}") from error


def _infer_response(request: InferRequest, name: str, found: list[Finished]) -> InferResponse:
    shape = [len(found)]
    return InferResponse(
        response_id=request.id or "",
        model_name=name,
        infer_outputs=[
            InferOutput("text", shape, "BYTES", [each.text for each in found]),
            InferOutput(
                "completion_tokens", shape, "INT32", [each.completion_tokens for each in found]
            ),
        ],
    )
