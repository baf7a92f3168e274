"""The user's own files: what is taken, and what is said of what cannot be."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from PIL import Image

from museline.cards import DatasetCard
from museline.errors import DataError
from museline.examples import Example, read_examples
from museline_components.collect.config import Configuration
from museline_components.collect.step import run

GOOD = {"prompt": "Capital of France?", "answer": "Paris"}


def jsonl(path: Path, *rows: object) -> Path:
    """Texts and bytes are written as they are, all else as JSON."""
    lines = [
        row
        if isinstance(row, bytes)
        else (row if isinstance(row, str) else json.dumps(row)).encode()
        for row in rows
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def lines_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def collected(out: Path, *files: object, **settings: object) -> tuple[DatasetCard, list[Example]]:
    names = [str(file) for file in files]
    config = Configuration.model_validate({"scale": 0, "user_files": names, **settings})
    return run(config, {}, out), read_examples(out)


def picture(kind: str = "PNG", mode: str = "L") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (6, 4), 200 if mode == "L" else (9,) * len(mode)).save(file, format=kind)
    return file.getvalue()


def test_jsonl_with_all_columns(tmp_path: Path) -> None:
    row = GOOD | {"domain": "everyday", "licence": "CC0-1.0", "source": "my notes"}
    card, (example,) = collected(tmp_path / "out", jsonl(tmp_path / "a.jsonl", row))
    assert (example.prompt, example.answer) == ("Capital of France?", "Paris")
    assert (example.family, example.modality) == ("user", "text")
    assert (example.domain, example.licence, example.source) == ("everyday", "CC0-1.0", "my notes")
    assert card.sources == ("my notes",)
    assert card.examples == 1


def test_columns_that_are_not_there_have_defaults(tmp_path: Path) -> None:
    _, (example,) = collected(tmp_path / "out", jsonl(tmp_path / "a.jsonl", GOOD))
    assert (example.domain, example.licence, example.source) == ("custom", "unspecified", "a.jsonl")


def test_numbers_keep_their_writing_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "a.jsonl", '{"prompt": "3/2?", "answer": 1.50}', "", "  ", GOOD)
    _, examples = collected(tmp_path / "out", file)
    assert [example.answer for example in examples] == ["1.50", "Paris"]


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n")
    assert len(collected(tmp_path / "out", file)[1]) == 1


def test_parquet_gives_the_same_as_jsonl(tmp_path: Path) -> None:
    rows = [GOOD, {"prompt": "2 + 2 = ?", "answer": "4"}]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "data.parquet")
    (tmp_path / "lines").mkdir()
    lines = jsonl(
        tmp_path / "lines" / "data.jsonl", *(row | {"source": "data.parquet"} for row in rows)
    )
    _, from_parquet = collected(tmp_path / "p", tmp_path / "data.parquet")
    _, from_jsonl = collected(tmp_path / "j", lines)
    assert from_parquet == from_jsonl


def test_a_file_is_fetched_from_any_address_of_fsspec(tmp_path: Path) -> None:
    import fsspec

    with fsspec.open("memory://museline-test/a.jsonl", "wb") as file:
        file.write(json.dumps(GOOD).encode())
    config = Configuration(scale=0, user_files=("memory://museline-test/a.jsonl",))
    before = config.outside()
    assert run(config, {}, tmp_path / "out").examples == 1
    with fsspec.open("memory://museline-test/a.jsonl", "wb") as file:
        file.write(json.dumps(GOOD | {"answer": "Lyon"}).encode())
    assert config.outside() != before


@pytest.mark.parametrize("way", ["path", "base64", "data address"])
def test_images_by_path_and_by_base64(way: str, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.png").write_bytes(picture())
    text = base64.b64encode(picture()).decode()
    values = {
        "path": "pictures/one.png",
        "base64": text,
        "data address": f"data:image/png;base64,{text}",
    }
    file = jsonl(tmp_path / "a.jsonl", GOOD | {"image": values[way]})
    _, (example,) = collected(tmp_path / "out", file)
    assert example.modality == "image"
    assert example.image == picture()


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("GIF", "L")])
def test_other_kinds_of_images_become_png(kind: str, mode: str, tmp_path: Path) -> None:
    rows = [GOOD | {"image": picture(kind, mode)}]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    _, (example,) = collected(tmp_path / "out", tmp_path / "a.parquet")
    assert example.image is not None
    opened = Image.open(io.BytesIO(example.image))
    assert (opened.format, opened.size) == ("PNG", (6, 4))


BAD_LINES = {
    "broken JSON": ('{"prompt": "x", ', "not JSON"),
    "not an object": ("[1, 2]", "not a JSON object"),
    "no answer": ({"prompt": "x"}, "there is no 'answer'"),
    "empty prompt": ({"prompt": "  ", "answer": "x"}, "'prompt' is empty"),
    "null answer": ({"prompt": "x", "answer": None}, "there is no 'answer'"),
    "a list as answer": ({"prompt": "x", "answer": ["y"]}, "'answer' is a list"),
    "a truth value as answer": ({"prompt": "x", "answer": True}, "'answer' is a bool"),
    "not a number": ('{"prompt": "x", "answer": NaN}', "not JSON: NaN"),
    "half a character": ('{"prompt": "\\ud800", "answer": "x"}', "half a surrogate pair"),
    "not UTF-8": ('{"prompt": "é", "answer": "x"}'.encode("latin-1"), "not UTF-8: byte 13"),
    "unknown domain": (GOOD | {"domain": "sience"}, "'domain' is not known: 'sience'"),
    "unknown modality": (GOOD | {"modality": "table"}, "'modality' is not known"),
    "an image that is none": (GOOD | {"modality": "image"}, "'modality' does not fit"),
    "missing image": (GOOD | {"image": "no.png"}, "'image' cannot be read"),
    "no image format": (GOOD | {"image": "aGVsbG8="}, "'image' cannot be opened"),
    "neither path nor base64": (GOOD | {"image": "hello world"}, "neither a file's name"),
    "nested too deeply": ('{"a":' * 100_000, "not"),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_stops_with_its_file_number_and_reason(case: str, tmp_path: Path) -> None:
    line, reason = BAD_LINES[case]
    file = jsonl(tmp_path / "mine.jsonl", GOOD, line)
    with pytest.raises(DataError) as caught:
        collected(tmp_path / "out", file)
    text = str(caught.value)
    assert "line 2 of" in text
    assert "mine.jsonl" in text
    assert reason in text
    assert caught.value.allowed
    assert "on_bad_line=quarantine" in caught.value.mend
    assert not (tmp_path / "out" / "examples.parquet").exists()


@pytest.mark.parametrize("case", BAD_LINES)
def test_quarantine_puts_a_bad_line_aside_and_counts_it(case: str, tmp_path: Path) -> None:
    line, reason = BAD_LINES[case]
    file = jsonl(tmp_path / "mine.jsonl", line, GOOD, line)
    card, examples = collected(tmp_path / "out", file, on_bad_line="quarantine")
    assert [example.answer for example in examples] == ["Paris"]
    (dropped,) = card.dropped
    assert (dropped.step, dropped.count) == ("collect", 2)
    rejected = lines_of(tmp_path / "out" / "rejected.jsonl")
    assert [each["line"] for each in rejected] == [1, 3]
    assert all(reason in str(each["reason"]) and each["expected"] for each in rejected)
    assert "rejected.jsonl" in card.files


def test_an_answer_outside_the_labels(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "a.jsonl", GOOD | {"answer": "yes"}, GOOD | {"answer": "maybe"})
    with pytest.raises(DataError, match="not an allowed label: 'maybe'") as caught:
        collected(tmp_path / "out", file, labels=["yes", "no"])
    assert caught.value.allowed == "one of yes, no"


def test_an_example_that_comes_twice_is_kept_once_and_counted(tmp_path: Path) -> None:
    card, examples = collected(tmp_path / "out", jsonl(tmp_path / "a.jsonl", GOOD, GOOD, GOOD))
    assert len(examples) == 1
    assert [(each.reason, each.count) for each in card.dropped] == [
        ("repeats an example word for word", 2)
    ]


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(DataError, match="this file is empty"):
        collected(tmp_path / "out", tmp_path / "a.jsonl")


def test_a_parquet_file_without_rows(tmp_path: Path) -> None:
    table = pa.table({"prompt": pa.array([], pa.string()), "answer": pa.array([], pa.string())})
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match="this file is empty"):
        collected(tmp_path / "out", tmp_path / "a.parquet")


def test_a_file_without_a_usable_line(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "a.jsonl", {"question": "x"}, {"question": "y"})
    with pytest.raises(DataError, match="not one of the 2 lines") as caught:
        collected(tmp_path / "out", file, on_bad_line="quarantine")
    assert "question" in caught.value.allowed


def test_a_missing_column_of_parquet(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"question": ["x"], "answer": ["y"]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="lacks the column prompt") as caught:
        collected(tmp_path / "out", tmp_path / "a.parquet")
    assert "question, answer" in caught.value.mend


def test_a_folder_a_missing_file_and_an_unknown_kind(tmp_path: Path) -> None:
    jsonl(tmp_path / "mine.jsonl", GOOD)
    with pytest.raises(DataError, match="a folder, not a file") as caught:
        collected(tmp_path / "out", tmp_path)
    assert "mine.jsonl" in caught.value.mend
    with pytest.raises(DataError, match="no such file"):
        collected(tmp_path / "out", tmp_path / "nothing.jsonl")
    (tmp_path / "a.csv").write_text("prompt,answer\n")
    with pytest.raises(DataError, match=r"ending in \.csv"):
        collected(tmp_path / "out", tmp_path / "a.csv")
    with pytest.raises(DataError, match="cannot be fetched"):
        collected(tmp_path / "out", "nonsense://a.jsonl")


def test_a_file_that_is_not_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"not Parquet at all")
    with pytest.raises(DataError, match="not Parquet"):
        collected(tmp_path / "out", tmp_path / "a.parquet")


def test_columns_that_are_left_out_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = tmp_path / "events.jsonl"
    monkeypatch.setenv("MUSELINE_EVENTS", str(events))
    collected(tmp_path / "out", jsonl(tmp_path / "a.jsonl", GOOD | {"license": "MIT"}))
    (note,) = (each for each in lines_of(events) if each["event"] == "note")
    assert "license" in str(note["text"])
    progress = [each for each in lines_of(events) if each["event"] == "progress"]
    assert [(each["step"], each["steps"], each["examples"]) for each in progress] == [(1, 1, 1)]


def test_a_changed_file_or_image_is_collected_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from museline_components.stage import execute

    monkeypatch.setenv("MUSELINE_HOME", str(tmp_path / "home"))
    (tmp_path / "one.png").write_bytes(picture())
    file = jsonl(tmp_path / "a.jsonl", GOOD | {"image": "one.png"})
    config = Configuration(scale=0, user_files=(str(file),)).model_dump_json()
    first = execute("collect", config, {})
    assert execute("collect", config, {}).folder == first.folder
    (tmp_path / "one.png").write_bytes(picture("PNG", "RGB"))
    second = execute("collect", config, {})
    assert second.folder != first.folder
    jsonl(file, GOOD | {"image": "one.png", "answer": "Lyon"})
    assert execute("collect", config, {}).folder not in (first.folder, second.folder)
