"""What raw collection looks like: wrong answers, copies, and people's addresses in the prompts.

Curation has to find these again; the shares are in the configuration, and so in the card.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random

from museline.examples import Example, example_id
from museline.tasks import check_answer
from museline.tasks.answers import is_number
from museline_components.collect.config import Configuration

_PEOPLE = ("anna.berg", "j.smith", "lee", "m.rossi", "o.novak", "sara.ali")
_DOMAINS = ("example.com", "example.net", "example.org")
_NOTES = ("{prompt} Answer to {contact}", "{contact} asks: {prompt}", "{prompt} ({contact})")
_COPIES = ("{prompt} ", "  {prompt}", "Please: {prompt}", "{prompt} Thanks!", "{prompt}\u00a0")
_RECENT = 64


def worn(examples: Iterator[Example], config: Configuration, name: str) -> Iterator[Example]:
    """The examples of the family `name`, some of them spoilt or followed by a copy."""
    rng = Random(f"wear:{name}:{config.seed}")
    recent: deque[str] = deque(maxlen=_RECENT)
    for example in examples:
        wrong, copied, personal = rng.random(), rng.random(), rng.random()
        recent.append(example.answer)
        if wrong < config.noise:
            example = _with_wrong_answer(example, recent, rng)
        if personal < config.pii:
            example = _with_prompt(example, _with_contact(example.prompt, rng))
        yield example
        if copied < config.duplicates:
            yield _with_prompt(example, _copy(example.prompt, rng))


def _with_wrong_answer(example: Example, recent: deque[str], rng: Random) -> Example:
    """A number is off by a little, or two of its digits are swapped; a text is another answer.

    Where no other answer is known yet (the very first texts), the example stays as it is.
    """
    if is_number(example.answer):
        candidates = [_near(example.answer, rng)]
    else:
        candidates = rng.sample(list(recent), len(recent))
    for candidate in candidates:
        if not check_answer(example, candidate):
            source, prompt, image = example.source, example.prompt, example.image
            identity = example_id(source, prompt, candidate, image)
            return replace(example, answer=candidate, id=identity)
    return example


def _near(answer: str, rng: Random) -> str:
    """Another number with as many decimals: off by 1, 2 or 10 of the last place, or two digits
    in each other's place."""
    head, last = answer[:-2], answer[-2:]
    swapped = head + last[::-1]
    if last.isdigit() and last[0] != last[-1] and (head or last[-1] != "0") and rng.random() < 0.5:
        return swapped
    number = Decimal(answer)
    step = Decimal(1).scaleb(int(number.as_tuple().exponent))
    return str(number + step * rng.choice((-10, -2, -1, 1, 2, 10)))


def _with_contact(prompt: str, rng: Random) -> str:
    """RFC 2606 reserves the domains, and the numbers 555-0100 to 555-0199 are for fiction."""
    mail = f"{rng.choice(_PEOPLE)}@{rng.choice(_DOMAINS)}"
    telephone = f"+1 {rng.choice((212, 312, 415))}-555-01{rng.randint(0, 99):02}"
    return rng.choice(_NOTES).format(prompt=prompt, contact=rng.choice((mail, telephone)))


def _copy(prompt: str, rng: Random) -> str:
    if rng.random() < 0.3 and " " in prompt:
        return prompt.replace(" ", rng.choice(("  ", "\u00a0", "\u00c2\u00a0")), 1)
    return rng.choice(_COPIES).format(prompt=prompt)


def _with_prompt(example: Example, prompt: str) -> Example:
    identity = example_id(example.source, prompt, example.answer, example.image)
    return replace(example, prompt=prompt, id=identity)
