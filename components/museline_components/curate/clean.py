"""Clean: mended encodings, plain white space, limits of length, and no personal data."""

from __future__ import annotations

import re
from typing import Any

import ftfy

from museline.tasks import FAMILIES
from museline_components.curate import batches
from museline_components.curate.config import Cleaning
from museline_components.curate.pii import mask, mask_json

STEP = "clean"
_INNER_SPACE = re.compile(r"(?<=\S)[^\S\n]+(?=\S)")
_LINE_END = re.compile(r"[^\S\n]+(?=\n|$)")
_BLANK_LINES = re.compile(r"\n{3,}")
_PLAIN = re.compile(r"[ -~]*\Z")
_MENDING = ftfy.TextFixerConfig(unescape_html=False, uncurl_quotes=False, normalization="NFC")


def clean_text(text: str) -> str:
    """`text` with its encoding mended and plain white space; the indentation of lines stays."""
    if not _PLAIN.match(text):
        text = ftfy.fix_text(text, _MENDING)
    text = _INNER_SPACE.sub(" ", _LINE_END.sub("", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def clean(table: Any, config: Cleaning) -> Any:
    """The batch with clean prompts and answers; what is empty or too long is dropped."""
    prompts, answers = table["prompt"].to_pylist(), table["answer"].to_pylist()
    parameters, families = table["parameters"].to_pylist(), table["family"].to_pylist()
    changes: list[list[str]] = [[] for _ in prompts]
    for index, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        prompts[index], answers[index] = clean_text(prompt), clean_text(answer)
        if (prompts[index], answers[index]) != (prompt, answer):
            changes[index].append("text mended")
        if not config.mask_personal_data:
            continue
        prompts[index], in_prompt = mask(prompts[index], config.phone_regions)
        answers[index], in_answer = mask(answers[index], config.phone_regions)
        found = in_prompt + in_answer
        if families[index] not in FAMILIES:  # a solver's parameters are numbers, not a person's
            parameters[index], in_parameters = mask_json(parameters[index], config.phone_regions)
            found += in_parameters
        changes[index].extend(f"{kind} masked" for kind in found)
    for name, values in (("prompt", prompts), ("answer", answers), ("parameters", parameters)):
        table = batches.with_column(table, name, values)
    table = batches.add_changes(table, STEP, changes)
    reasons = [
        _reason(prompt, answer, config) for prompt, answer in zip(prompts, answers, strict=True)
    ]
    return batches.drop(table, STEP, reasons)


def _reason(prompt: str, answer: str, config: Cleaning) -> str | None:
    if not prompt:
        return "empty prompt"
    if not answer:
        return "empty answer"
    if len(prompt) > config.maximum_prompt:
        return f"prompt longer than {config.maximum_prompt} characters"
    if len(answer) > config.maximum_answer:
        return f"answer longer than {config.maximum_answer} characters"
    return None
