"""Personal data in texts: found by rules and check digits, and masked.

Numbers are this data's main content, so a bare number is never taken for a phone or a card by its
length alone: cards and accounts must pass their check digits, national phone numbers must be
written as phone numbers are (in groups), and nothing beside an arithmetic sign is masked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d.,])[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\d.,]\d|\d)")
_MANY_DIGITS = re.compile(r"(?:\d[^\da-zA-Z]{0,3}){7}")
_GROUPED = re.compile(r"[()]|\d[ .\-/]\d")
_SIGN_BEFORE = re.compile(r"(?:[=*/×÷^%]|[\d)]\s*[+\-−])\s*\Z")
_SIGN_AFTER = re.compile(r"\A\s*(?:[=*/×÷^%+−]|-\s*\d)")
_TERM_BEFORE = re.compile(r"[\d)=(]\s*\Z")


def mask(text: str, phone_regions: Sequence[str]) -> tuple[str, list[str]]:
    """`text` with <email>, <iban>, <card>, <phone> for personal data, and the kinds found."""
    found: list[str] = []
    if "@" in text:
        text = _replace(text, _EMAIL, "email", found, lambda _: True)
    if not _MANY_DIGITS.search(text):
        return text, found
    text = _replace(text, _IBAN, "iban", found, _is_iban)
    text = _replace(text, _CARD, "card", found, _is_card)
    return _mask_phones(text, phone_regions, found), found


def mask_json(text: str, phone_regions: Sequence[str]) -> tuple[str, list[str]]:
    """As `mask`, for texts and numbers inside a JSON value; what is no JSON is masked whole."""
    if "@" not in text and not _MANY_DIGITS.search(text):
        return text, []
    found: list[str] = []

    def walk(value: object) -> object:
        if isinstance(value, dict):
            return {key: walk(each) for key, each in value.items()}
        if isinstance(value, list):
            return [walk(each) for each in value]
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            masked, more = mask(str(value), phone_regions)
            found.extend(more)
            return masked if more else value
        return value

    try:
        value = walk(json.loads(text))
    except json.JSONDecodeError:
        return mask(text, phone_regions)
    return (json.dumps(value, sort_keys=True), found) if found else (text, [])


def _replace(
    text: str, pattern: re.Pattern[str], kind: str, found: list[str], valid: Callable[[str], bool]
) -> str:
    def one(match: re.Match[str]) -> str:
        in_sum = kind == "card" and _in_arithmetic(text, match.start(), match.end())
        if in_sum or not valid(match.group()):
            return match.group()
        found.append(kind)
        return f"<{kind}>"

    return pattern.sub(one, text)


def _is_iban(text: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(text))


def _is_card(text: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", text)
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def _mask_phones(text: str, regions: Sequence[str], found: list[str]) -> str:
    from phonenumbers import Leniency, PhoneNumberMatcher

    for region in (None, *regions):
        leniency = Leniency.VALID if region is None else Leniency.STRICT_GROUPING
        if region is None and "+" not in text:
            continue
        spans = [
            (match.start, match.end)
            for match in PhoneNumberMatcher(text, region, leniency=leniency)
            if _looks_like_phone(text, match.start, match.end)
        ]
        for start, end in reversed(spans):
            text = f"{text[:start]}<phone>{text[end:]}"
            found.append("phone")
    return text


def _looks_like_phone(text: str, start: int, end: int) -> bool:
    if _in_arithmetic(text, start, end):
        return False
    if text[start] == "+":  # a plus after a term is an addition
        return not _TERM_BEFORE.search(text[:start])
    return bool(_GROUPED.search(text[start:end]))


def _in_arithmetic(text: str, start: int, end: int) -> bool:
    return bool(_SIGN_BEFORE.search(text[:start]) or _SIGN_AFTER.search(text[end:]))
