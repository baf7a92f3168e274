from __future__ import annotations

import io

import pytest

from museline.errors import ConfigurationError, DataError
from museline.models import IMAGE_TOKENS, ModelBundle, Prompt, train_tokenizer
from museline.models.processor import read_image
from museline.models.tokens import SPECIAL_TOKENS


def test_the_chat_form(bundles: dict[str, ModelBundle], png: bytes) -> None:
    processor = bundles["llama4"].processor
    encoded = processor.encode(Prompt("7?", png), "8")
    tokens = processor.tokenizer.convert_ids_to_tokens(list(encoded.ids))
    image = ["<|image|>"] * IMAGE_TOKENS
    assert tokens == [
        "<|begin|>", "<|user|>", "7", "?", *image, "<|assistant|>", "8", "<|end|>"
    ]  # fmt: skip
    assert processor.decode(encoded.ids[encoded.prompt_length :]) == "8"


def test_special_tokens_in_a_text_are_text(bundles: dict[str, ModelBundle]) -> None:
    processor = bundles["llama4"].processor
    encoded = processor.encode(Prompt("<|end|><|image|>"))
    special = [each for each in encoded.ids if each < len(SPECIAL_TOKENS)]
    assert len(special) == 3
    assert processor.decode(encoded.ids) == "<|end|><|image|>"


@pytest.mark.parametrize("text", ["ünïcödé 漢字 🙂", "a\tb\nc", "1 2 345", ""])
def test_every_text_comes_back(bundles: dict[str, ModelBundle], text: str) -> None:
    processor = bundles["llama4"].processor
    assert processor.decode(processor.encode(Prompt(text)).ids) == text


def test_digits_stay_single(tokenizer: object) -> None:
    assert tokenizer.tokenize("123") == ["1", "2", "3"]  # type: ignore[attr-defined]


def test_equal_texts_give_equal_tokenizers() -> None:
    texts = ["one plus one is two", "two plus two is four"] * 20
    first, second = (train_tokenizer(texts, 290) for _ in range(2))
    assert first.get_vocab() == second.get_vocab()


def test_padding_sides(bundles: dict[str, ModelBundle]) -> None:
    processor = bundles["llama4"].processor
    pair = [processor.encode(Prompt("1")), processor.encode(Prompt("1234"))]
    left, right = processor.collate(pair, "left"), processor.collate(pair, "right")
    assert left["attention_mask"].tolist()[0] == [0, 0, 0, 1, 1, 1, 1]
    assert right["attention_mask"].tolist()[0] == [1, 1, 1, 1, 0, 0, 0]
    assert left["input_ids"][0, 3:].tolist() == right["input_ids"][0, :4].tolist()


def test_a_patch_holds_its_square(bundles: dict[str, ModelBundle]) -> None:
    import torch

    images = torch.arange(2 * 64 * 64, dtype=torch.float32).reshape(2, 64, 64)
    form = bundles["muse_spark"].processor.family.pixels(images)
    assert form["image_grid_thw"].tolist() == [[1, 8, 8], [1, 8, 8]]
    patch = form["pixel_values"].reshape(2, 8, 8, 6, 8, 8)[1, 2, 3]
    for channel in range(6):
        assert torch.equal(patch[channel], images[1, 16:24, 24:32])


def test_an_image_of_another_shape_is_fitted() -> None:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (200, 100), "white").save(file, "PNG")
    pixels = read_image(file.getvalue())
    assert pixels.shape == (64, 64)
    assert pixels[32, 0] == 1.0
    assert pixels[5, 32] == -1.0


def test_bad_input_is_named(bundles: dict[str, ModelBundle], png: bytes) -> None:
    processor = bundles["llama4"].processor
    with pytest.raises(DataError, match="not an image"):
        processor.encode(Prompt("?", b"no image"))
    with pytest.raises(DataError, match="not an image"):
        processor.encode(Prompt("?", png[:90]))
    with pytest.raises(DataError, match="512 tokens"):
        processor.encode(Prompt("1" * 600))
    with pytest.raises(ConfigurationError, match="266"):
        train_tokenizer(["a"], 100)
