from __future__ import annotations

import threading
from typing import Any

import pytest

from museline_serving.predictor.batcher import (
    Batcher,
    ClosedError,
    Job,
    QueueFullError,
    held_back,
)
from museline_serving.predictor.generation import Delta, Event, Failed, Finished, Sampling


def job(
    engine: Any, prompt: str, events: list[Event], *, stream: bool = False, **sampling: Any
) -> Job:
    encoded, length = engine.encode(prompt, None)
    settings = Sampling(**{"max_tokens": 30, **sampling})
    return Job(encoded, length, settings, stream, events.append)


def finish(batcher: Batcher, turns: int = 60) -> None:
    for _ in range(turns):
        batcher.turn()


def text_of(events: list[Event]) -> str:
    last = events[-1]
    assert isinstance(last, Finished), last
    return last.text


def test_generations_that_come_and_go_at_any_time_do_not_mix(engine: Any) -> None:
    batcher = Batcher(engine, slots=3, queue=20)
    answers = ["A", "BBBBBBBB", "CCC", "DDDDD", "EE", "FFFFFFFFFFFF", "G"]
    heard: list[list[Event]] = [[] for _ in answers]
    for number, answer in enumerate(answers):
        batcher.submit(job(engine, f"p{number}={answer}", heard[number]))
        if number % 2:
            batcher.turn()
    finish(batcher)
    assert [text_of(each) for each in heard] == answers
    assert batcher.slots_in_use == 0
    assert engine.rows == []


def test_what_waits_together_is_prefilled_together(engine: Any) -> None:
    batcher = Batcher(engine, slots=4, queue=20)
    for _ in range(6):
        batcher.submit(job(engine, "p=ABC", []))
    batcher.turn()
    assert engine.prefills == [4]
    assert (batcher.slots_in_use, batcher.queue_length) == (4, 2)
    finish(batcher)
    assert engine.prefills == [4, 2]


def test_counts_of_a_finished_generation(engine: Any) -> None:
    batcher, heard = Batcher(engine, 1, 1), []
    batcher.submit(job(engine, "four=AB", heard))
    finish(batcher)
    assert isinstance(heard[0], Finished)
    assert (heard[0].prompt_tokens, heard[0].completion_tokens) == (7, 2)
    assert heard[0].reason == "stop"


def test_an_answer_ends_at_its_limit(engine: Any) -> None:
    batcher, heard = Batcher(engine, 1, 1), []
    batcher.submit(job(engine, "p=ABCDEF", heard, max_tokens=3))
    finish(batcher)
    assert isinstance(heard[0], Finished)
    assert (heard[0].text, heard[0].reason) == ("ABC", "length")


def test_an_answer_ends_before_a_stop_string_and_none_of_it_is_streamed(engine: Any) -> None:
    batcher, heard = Batcher(engine, 1, 1), []
    batcher.submit(job(engine, "p=ABXABXYZQ", heard, stream=True, stop=("XYZ", "Q")))
    finish(batcher)
    assert "".join(each.text for each in heard if isinstance(each, Delta)) == "ABXAB"
    assert isinstance(heard[-1], Finished)
    assert (heard[-1].text, heard[-1].reason) == ("ABXAB", "stop")


def test_a_stream_has_each_token_as_it_comes(engine: Any) -> None:
    batcher, heard = Batcher(engine, 2, 1), []
    batcher.submit(job(engine, "p=ABC", heard, stream=True))
    batcher.turn()
    assert heard == [Delta("A")]
    batcher.turn()
    assert heard == [Delta("A"), Delta("B")]


@pytest.mark.parametrize(
    ("text", "stop", "expected"),
    [
        ("abc", (), 0),
        ("abc�", (), 1),
        ("abcX", ("XY",), 1),
        ("abcXY", ("XYZ", "Q"), 2),
        ("abab", ("abac",), 2),
        ("�", ("X",), 1),
    ],
)
def test_what_may_turn_out_otherwise_is_held_back(
    text: str, stop: tuple[str, ...], expected: int
) -> None:
    assert held_back(text, stop) == expected


def test_a_cancelled_generation_frees_its_slot_for_the_next(engine: Any) -> None:
    batcher = Batcher(engine, slots=1, queue=5)
    lost, heard = [], []
    first = job(engine, "p=" + "A" * 20, lost)
    batcher.submit(first)
    batcher.submit(job(engine, "p=B", heard))
    batcher.turn()
    batcher.cancel(first)
    finish(batcher, 4)
    assert text_of(heard) == "B"
    assert lost == []
    assert batcher.slots_in_use == 0


def test_a_generation_cancelled_while_it_waits_is_never_begun(engine: Any) -> None:
    batcher = Batcher(engine, slots=1, queue=5)
    batcher.submit(job(engine, "p=AAAA", []))
    batcher.turn()
    waiting = job(engine, "p=B", [])
    batcher.submit(waiting)
    batcher.cancel(waiting)
    finish(batcher)
    assert engine.prefills == [1]
    assert batcher.queue_length == 0


def test_a_full_queue_refuses_and_says_when_to_come_back(engine: Any) -> None:
    batcher = Batcher(engine, slots=2, queue=1)
    for _ in range(3):
        batcher.submit(job(engine, "p=A", []))
    with pytest.raises(QueueFullError) as refused:
        batcher.submit(job(engine, "p=A", []))
    assert refused.value.retry_after >= 1
    finish(batcher)
    batcher.submit(job(engine, "p=A", []))


def test_a_prompt_that_breaks_the_engine_fails_alone(engine: Any) -> None:
    batcher = Batcher(engine, slots=8, queue=8)
    running, good, bad = [], [], []
    batcher.submit(job(engine, "p=AAAAAA", running))
    batcher.turn()
    batcher.submit(job(engine, "p=BB", good))
    batcher.submit(job(engine, "poison=C", bad))
    finish(batcher)
    assert (text_of(running), text_of(good)) == ("AAAAAA", "BB")
    assert isinstance(bad[0], Failed)


def test_a_broken_step_fails_what_ran_and_the_thread_lives_on(engine: Any) -> None:
    batcher = Batcher(engine, slots=2, queue=8)
    ended = threading.Event()
    heard: list[Event] = []
    engine.breaks_on_step = True
    first = job(engine, "p=AAA", heard)
    first.deliver = lambda event: (heard.append(event), ended.set())[0]
    batcher.submit(first)
    batcher.start()
    assert ended.wait(10)
    assert isinstance(heard[0], Failed)
    again = threading.Event()
    second = job(engine, "p=BB", heard)
    second.deliver = lambda event: (heard.append(event), again.set())[0]
    batcher.submit(second)
    assert again.wait(10)
    assert text_of(heard) == "BB"
    batcher.close()


def test_closing_fails_what_is_left_and_refuses_the_rest(engine: Any) -> None:
    batcher, heard = Batcher(engine, slots=1, queue=8), []
    batcher.submit(job(engine, "p=AAAA", heard))
    batcher.submit(job(engine, "p=BBBB", heard))
    batcher.turn()
    batcher.close()
    assert [type(each) for each in heard] == [Failed, Failed]
    with pytest.raises(ClosedError):
        batcher.submit(job(engine, "p=A", []))
