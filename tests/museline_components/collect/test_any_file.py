"""Whatever a file holds: it gives examples, or an error that people can act on."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from museline.errors import DataError
from museline.examples import read_examples
from museline_components.collect.config import Configuration
from museline_components.collect.step import run

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
columns = st.sampled_from(["prompt", "answer", "domain", "modality", "source", "image", "other"])
rows = st.dictionaries(columns, values, max_size=7) | st.fixed_dictionaries(
    {"prompt": st.text(), "answer": st.text()}, optional={"image": st.text() | st.just("\0.png")}
)
lines = rows.map(lambda row: json.dumps(row).encode()) | st.binary(max_size=40)


def attempt(config: Configuration, out: Path) -> int | DataError:
    """The number of examples, or the error."""
    try:
        return run(config, {}, out).examples
    except DataError as error:
        return error


@given(st.lists(lines, max_size=5), st.sampled_from(["stop", "quarantine"]))
@settings(max_examples=150, deadline=None)
def test_any_lines(content: list[bytes], on_bad_line: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "any.jsonl"
        file.write_bytes(b"\n".join(content))
        config = Configuration.model_validate(
            {"scale": 0, "user_files": [str(file)], "on_bad_line": on_bad_line}
        )
        config.outside()
        outcome = attempt(config, Path(folder) / "out")
        if isinstance(outcome, DataError):
            assert str(file) in str(outcome)
            assert outcome.allowed
        else:
            assert outcome == len(read_examples(Path(folder) / "out")) > 0
