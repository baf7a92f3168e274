from __future__ import annotations

import base64
from typing import Any

import pytest

from museline_serving.predictor.chat import Asked, parse_chat, parse_json, to_asked
from museline_serving.predictor.errors import ApiError

USER = {"role": "user", "content": "What is 2 + 3?"}


def asked(**fields: Any) -> Asked:
    return to_asked(parse_chat({"model": "assistant", "messages": [USER], **fields}))


def refused(**fields: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        asked(**fields)
    assert caught.value.status == 400
    return caught.value


def image(url: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]


def test_the_defaults_ask_for_the_likeliest_answer() -> None:
    assert asked() == Asked("What is 2 + 3?")


def test_all_settings_are_read_and_unknown_fields_passed_over() -> None:
    found = asked(
        max_tokens=3, temperature=0.5, top_p=0.9, seed=-1, stop="END", user="me", whatever={"a": 1}
    )
    assert found == Asked("What is 2 + 3?", None, 3, 0.5, 0.9, 2**63 - 1, ("END",))
    assert asked(max_completion_tokens=4, max_tokens=3).max_tokens == 4


def test_texts_and_an_image_become_one_prompt(png: bytes) -> None:
    url = "data:image/png;base64," + base64.b64encode(png).decode()
    parts = [{"type": "text", "text": "Read this."}, *image(url)[0]["content"]]
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": parts}]
    assert asked(messages=messages) == Asked("Be brief.\nRead this.", png)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "messages"),
        ({"model": 5}, "model"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stop": ""}, "stop"),
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"tools": [{}]}, "tools"),
        ({"features": {"view": "x"}}, "features.entity"),
        ({"stream_options": 1}, "stream_options"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], param: str) -> None:
    assert refused(**fields).param == param


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/a.png", "invalid_image_url"),
        ("HTTPS://example.org/a.png", "invalid_image_url"),
        ("file:///etc/hostname", "invalid_image_url"),
        ("data:image/svg+xml;base64,AAAA", "invalid_image_url"),
        ("data:image/png;base64,AA*A", "invalid_base64"),
        ("data:image/png;base64,AAAAA", "invalid_base64"),
        ("data:image/png;base64," + "A" * 6_000_000, "invalid_value"),
    ],
)
def test_only_a_png_in_the_request_is_an_image(url: str, code: str) -> None:
    error = refused(messages=image(url))
    assert error.code == code
    assert error.param == "messages.0.content.0.image_url.url"


def test_a_second_image_is_refused(png: bytes) -> None:
    url = "data:image/png;base64," + base64.b64encode(png).decode()
    assert refused(messages=image(url) * 2).code == "too_many_images"


def test_a_text_beyond_any_context_is_refused() -> None:
    found = refused(messages=[{"role": "user", "content": "x" * 100_000}])
    assert found.code == "context_length_exceeded"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        parse_json(body)
    assert (caught.value.status, caught.value.code) == (400, "invalid_json")


def test_the_shape_of_an_error() -> None:
    assert refused(max_tokens="5").body() == {
        "error": {
            "message": "max_tokens: Input should be a valid integer",
            "type": "invalid_request_error",
            "param": "max_tokens",
            "code": "invalid_value",
        }
    }
