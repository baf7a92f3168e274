from __future__ import annotations

import io

import pytest

from museline.models import FAMILIES, ModelBundle, build_bundle, train_tokenizer


@pytest.fixture(scope="session")
def tokenizer() -> object:
    return train_tokenizer(
        (f"What is {number} plus {number * 7 % 83}?" for number in range(300)), vocabulary=300
    )


@pytest.fixture(scope="session")
def bundles(tokenizer: object) -> dict[str, ModelBundle]:
    """A model of each family with weights large enough that no two tokens nearly tie."""
    import torch

    torch.manual_seed(1)
    made = {name: build_bundle(name, "pico", tokenizer) for name in FAMILIES}
    for each in made.values():
        with torch.no_grad():
            for name, parameter in each.model.named_parameters():
                if parameter.dim() > 1 and "embed" not in name:
                    parameter.mul_(4)
    return made


@pytest.fixture(scope="session")
def png() -> bytes:
    import numpy as np
    from PIL import Image

    canvas = np.zeros((64, 64), dtype=np.uint8)
    canvas[10:50, 20:30] = 255
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG")
    return file.getvalue()
