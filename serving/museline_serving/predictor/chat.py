"""Requests of the OpenAI chat completions API: what is read of them, and what is refused."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from museline_serving.predictor.errors import ApiError, invalid

MOST_IMAGE_BYTES = 4 * 1024 * 1024
MOST_TEXT = 64 * 1024
IMAGE_PREFIX = "data:image/png;base64,"


class _Part(BaseModel):
    """Wrong types are refused; fields that are not known here are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class TextPart(_Part):
    type: Literal["text"]
    text: str


class ImageUrl(_Part):
    url: str


class ImagePart(_Part):
    type: Literal["image_url"]
    image_url: ImageUrl


ContentPart = Annotated[TextPart | ImagePart, Field(discriminator="type")]


class Message(_Part):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[ContentPart] | None = None


class StreamOptions(_Part):
    include_usage: bool | None = None


class FeatureReference(_Part):
    """Whose features fill the prompt's placeholders; without `view`, from the one that has all."""

    entity: str = Field(min_length=1)
    view: str | None = None


class ChatRequest(_Part):
    """The fields that are read. `features` is ours; the others are OpenAI's."""

    model: str
    messages: list[Message] = Field(min_length=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    logprobs: bool | None = None
    tools: list[Any] | None = None
    features: FeatureReference | None = None


@dataclass(frozen=True)
class Asked:
    """What a model is asked. `max_tokens` None leaves it to the server."""

    text: str
    image: bytes | None = None
    max_tokens: int | None = None
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    features: FeatureReference | None = None


def parse_json(body: bytes) -> Any:
    """The JSON value of a body. Raises ApiError 400."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid(f"the body is not JSON: {error}", code="invalid_json") from error


def parse_chat(value: Any) -> ChatRequest:
    """Check the types and the ranges. Raises ApiError 400 that names the first wrong field."""
    try:
        request = ChatRequest.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"] if part not in ("str", "text"))
        code = "missing_required_parameter" if first["type"] == "missing" else "invalid_value"
        raise invalid(
            f"{field or 'the body'}: {first['msg']}", param=field or None, code=code
        ) from error
    for name, wrong in (
        ("n", request.n not in (None, 1)),
        ("logprobs", bool(request.logprobs)),
        ("tools", bool(request.tools)),
    ):
        if wrong:
            raise invalid(
                f"{name} is not supported with this value", param=name, code="unsupported_parameter"
            )
    return request


def to_asked(request: ChatRequest) -> Asked:
    """The prompt and the settings of a request. Without `temperature` the answer is the likeliest.

    All texts are joined by line breaks, whatever their role: the models know one turn.
    Raises ApiError 400 for an empty prompt, a second image and an image that is no PNG.
    """
    texts: list[str] = []
    images: list[bytes] = []
    for at, message in enumerate(request.messages):
        parts = message.content
        if isinstance(parts, str):
            texts.append(parts)
        elif parts:
            for number, part in enumerate(parts):
                if isinstance(part, TextPart):
                    texts.append(part.text)
                else:
                    field = f"messages.{at}.content.{number}.image_url.url"
                    images.append(read_data_uri(part.image_url.url, field))
    if len(images) > 1:
        raise invalid("at most one image", param="messages", code="too_many_images")
    text = "\n".join(each for each in texts if each)
    if not text and not images:
        raise invalid("the messages are empty", param="messages")
    return Asked(
        text=check_text(text),
        image=images[0] if images else None,
        max_tokens=request.max_completion_tokens or request.max_tokens,
        temperature=request.temperature or 0.0,
        top_p=1.0 if request.top_p is None else request.top_p,
        seed=None if request.seed is None else request.seed % 2**63,
        stop=_stop(request.stop),
        features=request.features,
    )


def _stop(stop: str | list[str] | None) -> tuple[str, ...]:
    found = (stop,) if isinstance(stop, str) else tuple(stop or ())
    if len(found) > 4 or not all(found):
        raise invalid("at most 4 stop strings, none of them empty", param="stop")
    return found


def check_text(text: str, param: str = "messages") -> str:
    """`text`, if it is text (JSON can spell half characters) and can fit any context at all."""
    if len(text) > MOST_TEXT:
        raise too_long(f"{len(text)} characters", param)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise invalid(f"the text is not Unicode: {error.reason}", param=param) from error
    return text


def too_long(length: str, param: str = "messages") -> ApiError:
    """The error of a prompt without room in the context."""
    return invalid(
        f"the prompt is longer than the model's context: {length}",
        param=param,
        code="context_length_exceeded",
    )


def read_data_uri(url: str, field: str) -> bytes:
    """The bytes of a PNG in a data URI. Addresses are refused: the server fetches nothing."""
    if not url.startswith(IMAGE_PREFIX):
        kind = "an address" if url[:8].lower().startswith(("http:", "https:")) else "something else"
        raise invalid(
            f"an image is sent as {IMAGE_PREFIX}...; this is {kind}",
            param=field,
            code="invalid_image_url",
        )
    return read_base64(url[len(IMAGE_PREFIX) :], field)


def read_base64(text: str, field: str) -> bytes:
    """The decoded bytes. Raises ApiError 400 for broken base64 and for too many bytes."""
    if len(text) > MOST_IMAGE_BYTES * 4 // 3 + 4:
        raise invalid(f"the image has more than {MOST_IMAGE_BYTES} bytes", param=field)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(
            f"the image is not base64: {error}", param=field, code="invalid_base64"
        ) from error
