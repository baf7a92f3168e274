"""Evaluation cases as requests of the OpenAI chat completions API."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

from museline.errors import DataError
from museline.examples import Example, read_examples

PUBLIC_NAME = "assistant"
MAX_TOKENS = 16
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True)
class Case:
    """A request body with the example that says which answers are right."""

    body: bytes
    example: Example


def read_cases(path: Path, count: int = 2000) -> list[Case]:
    """At most `count` cases of the split `evaluation` in a file or folder of examples.

    Prompts with placeholders that nobody filled are left out. Raises DataError if none is left.
    """
    chosen = [
        example
        for example in read_examples(path)
        if example.split == "evaluation" and not _PLACEHOLDER.search(example.prompt)
    ]
    if not chosen:
        raise DataError(
            "there are no evaluation cases to play users with",
            value=path,
            allowed="examples with split 'evaluation' and no open placeholder in the prompt",
        )
    return [Case(request_body(example), example) for example in chosen[:count]]


def request_body(example: Example) -> bytes:
    """The chat completion request for one example, its image as a data URL."""
    content: object = example.prompt
    if example.image is not None:
        url = "data:image/png;base64," + base64.b64encode(example.image).decode()
        content = [
            {"type": "text", "text": example.prompt},
            {"type": "image_url", "image_url": {"url": url}},
        ]
    return json.dumps(
        {
            "model": PUBLIC_NAME,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": MAX_TOKENS,
            "temperature": 0,
        }
    ).encode()
