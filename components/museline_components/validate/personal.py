"""Patterns of personal data that a curated text must not hold."""

from __future__ import annotations

import re

EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"
TELEPHONE = r"(?<![\d)=(])(?<![\d)=(] )\+\d{1,3}(?:[ .-]\(?\d{2,4}\)?){2,4}(?!\d)"
"""International numbers in groups; a plus after a term is an addition."""
HIDDEN = "[hidden]"
_EITHER = re.compile(f"{EMAIL}|{TELEPHONE}")


def without_personal_data(text: str) -> str:
    """`text` for a log or a page: what looks like personal data is hidden."""
    return _EITHER.sub(HIDDEN, text)
