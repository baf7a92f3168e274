"""The tokenizer that all families share: byte-level BPE with single digits and a chat form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from museline.errors import ConfigurationError
from museline.models.libraries import transformers_library

PAD = "<|pad|>"
BEGIN = "<|begin|>"
END = "<|end|>"
USER = "<|user|>"
ASSISTANT = "<|assistant|>"
IMAGE = "<|image|>"
IMAGE_BEGIN = "<|image_begin|>"
IMAGE_END = "<|image_end|>"
VIDEO = "<|video|>"
AUDIO = "<|audio|>"
SPECIAL_TOKENS = (
    PAD, BEGIN, END, USER, ASSISTANT, IMAGE, IMAGE_BEGIN, IMAGE_END, VIDEO, AUDIO
)  # fmt: skip
"""In the order of their ids, from 0."""
SMALLEST_VOCABULARY = 256 + len(SPECIAL_TOKENS)

CHAT_TEMPLATE = (
    "{{ '" + BEGIN + "' }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "{{ '" + ASSISTANT + "' + message['content'] + '" + END + "' }}"
    "{% else %}{{ '" + USER + "' + message['content'] }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '" + ASSISTANT + "' }}{% endif %}"
)


def train_tokenizer(texts: Iterable[str], vocabulary: int = 512) -> Any:
    """A `PreTrainedTokenizerFast` with at most `vocabulary` tokens, learned from `texts`.

    Every byte has a token, so that no text is unknown; digits are never merged. Equal texts give
    equal tokenizers. Raises ConfigurationError for a vocabulary smaller than the bytes.
    """
    if vocabulary < SMALLEST_VOCABULARY:
        raise ConfigurationError(
            "a vocabulary holds all bytes and the special tokens",
            value=vocabulary,
            allowed=f"{SMALLEST_VOCABULARY} or more",
        )
    transformers = transformers_library()
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BEGIN,
        eos_token=END,
        additional_special_tokens=list(SPECIAL_TOKENS[3:]),
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def token_id(tokenizer: Any, token: str) -> int:
    """The id of a special token; an invariant of every tokenizer trained here."""
    found = tokenizer.convert_tokens_to_ids(token)
    assert isinstance(found, int), f"the tokenizer has no {token}"
    return found
