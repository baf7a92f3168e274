"""What the users saw, and the stream that keeps it."""

from __future__ import annotations

from pathlib import Path

import httpx

from museline.examples import Example
from museline_serving.gateway.cases import Case, request_body
from museline_serving.gateway.load import judge, surface_rates
from museline_serving.gateway.tally import PLATFORM, Cell, Tally, read_stream, totals

EXAMPLE = Example(
    id="1", domain="vision", family="user", modality="image", source="test", licence="CC0-1.0",
    prompt="Which digit?", answer="4", image=b"png",
)  # fmt: skip


def test_a_stream_comes_back_second_by_second(tmp_path: Path) -> None:
    tally = Tally(tmp_path / "stream.jsonl")
    tally.count("web", "new", Cell(requests=1, right=1, seconds=0.5))
    tally.count("web", "new", Cell(requests=1, errors=1, seconds=0.25))
    tally.close_second(1.0)
    tally.count("web", PLATFORM, Cell(requests=1, failed=1))
    tally.close_second(2.0)
    seconds = read_stream(tmp_path / "stream.jsonl")
    assert [each.at for each in seconds] == [1.0, 2.0]
    assert seconds[0].cells["web", "new"] == Cell(requests=2, right=1, errors=1, seconds=0.75)
    assert totals(seconds)[PLATFORM].failed == 1
    assert tally.sum("requests") == 3
    assert tally.durations["new"] == [0.5, 0.25]


def test_a_line_that_a_crash_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    Tally(path).close_second(1.0)
    with path.open("a") as file:
        file.write('{"at": 2.0, "ce')
    assert [each.at for each in read_stream(path)] == [1.0]
    assert read_stream(tmp_path / "none") == []


def answer(status: int, text: str = "") -> httpx.Response:
    return httpx.Response(status, json={"choices": [{"message": {"content": text}}]})


def test_answers_are_judged() -> None:
    case = Case(request_body(EXAMPLE), EXAMPLE)
    assert judge(case, answer(200, " 4 "), 1.0) == Cell(requests=1, right=1, seconds=1.0)
    assert judge(case, answer(200, "5"), 1.0).wrong == 1
    assert judge(case, answer(500), 1.0).errors == 1
    assert judge(case, answer(429), 1.0).refused == 1
    assert judge(case, httpx.Response(200, text="no JSON"), 1.0).wrong == 1


def test_an_image_travels_as_a_data_url() -> None:
    assert b'"data:image/png;base64,cG5n"' in request_body(EXAMPLE)


def test_rates_share_the_total() -> None:
    rates = surface_rates(("meta-ai-web", "facebook", "unheard-of"), 30)
    assert round(sum(rates.values()), 9) == 30
    assert rates["meta-ai-web"] > rates["facebook"]
