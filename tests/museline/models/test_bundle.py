from __future__ import annotations

from pathlib import Path

import pytest

from museline.errors import ConfigurationError, DataError
from museline.models import FAMILIES, ModelBundle, Prompt, build, generate, load, save


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_saved_model_answers_as_before(
    bundles: dict[str, ModelBundle], family: str, tmp_path: Path, png: bytes
) -> None:
    prompts = [Prompt("What is 3 plus 4?"), Prompt("Which digit?", png)]
    save(bundles[family], tmp_path)
    again = load(tmp_path)
    assert (again.family, again.size) == (family, "pico")
    assert generate(again, prompts, 8) == generate(bundles[family], prompts, 8)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_library_s_own_classes_load_a_saved_model(
    bundles: dict[str, ModelBundle], family: str, tmp_path: Path
) -> None:
    import torch
    import transformers

    save(bundles[family], tmp_path)
    kind = getattr(transformers, FAMILIES[family].architecture)
    model = kind.from_pretrained(tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is 3 plus 4?"}],
        tokenize=False,
        add_generation_prompt=True,
    )
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tuple(ids) == bundles[family].processor.encode(Prompt("What is 3 plus 4?")).ids
    with torch.inference_mode():
        expected = bundles[family].model.eval()(torch.tensor([ids])).logits
        assert torch.equal(model(torch.tensor([ids])).logits, expected)
    assert (tmp_path / "model.safetensors").exists()


def test_unknown_names_list_the_near_ones(tokenizer: object) -> None:
    with pytest.raises(ConfigurationError, match="muse_spark"):
        build("muse_sprak", "pico", tokenizer)
    with pytest.raises(ConfigurationError, match="micro"):
        build("llama4", "mirco", tokenizer)


def test_a_public_size_gives_its_address(tokenizer: object) -> None:
    with pytest.raises(ConfigurationError, match="Muse-Spark-Open-816B-A42B"):
        build("muse_spark", "large", tokenizer)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no model"):
        load(tmp_path)
    (tmp_path / "museline.json").write_text("{")
    with pytest.raises(DataError, match="broken"):
        load(tmp_path)
