from __future__ import annotations

from pathlib import Path

import pytest

from museline.errors import IntegrityError
from museline_serving.predictor.loading import verify
from museline_serving.predictor.options import parse_options


def test_the_defaults_are_safe() -> None:
    options = parse_options(["--model-folder", "m"])
    assert (options.host, options.allow_unsigned, options.faults.active) == (
        "127.0.0.1", False, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [[], ["--port", "70000"], ["--slots", "0"], ["--queue", "-1"], ["--mod", "x"], ["--port", "x"]],
)
def test_a_wrong_option_ends_with_status_2(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model-folder", "m", *wrong] if wrong else []
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_without_a_key_a_folder_is_refused_unless_that_is_allowed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(IntegrityError, match="--allow-unsigned"):
        verify(tmp_path, None, allow_unsigned=False)
    verify(tmp_path, None, allow_unsigned=True)
    assert "without checking" in caplog.text
