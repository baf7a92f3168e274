"""A diary, dates, weekdays, durations, and the first free slot of a day."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from random import Random

from museline.examples.example import Example
from museline.tasks.answers import same_answer
from museline.tasks.families import LEVEL_WEIGHTS, LevelWeights
from museline.tasks.making import Parameters, Question, generated, parameters_of

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MIDNIGHT = datetime.datetime(2026, 1, 1)
_OPENS, _CLOSES = 8, 18
_EVENTS = ("bus", "call", "class", "dinner", "game", "gym", "lunch", "tea")


def generate(
    seed: int, count: int, level_weights: LevelWeights = LEVEL_WEIGHTS
) -> Iterator[Example]:
    return generated("schedule", seed, count, _draw, _answer, level_weights=level_weights)


def solve(example: Example) -> str:
    return _answer(parameters_of(example))


def check(example: Example, answer: str) -> bool:
    return same_answer(answer, solve(example))


def _draw(rng: Random, level: int) -> Question:
    kinds: dict[int, tuple[Callable[[Random], Question], ...]] = {
        1: (_draw_event, _draw_hour, _draw_weekday, _draw_whole_hours),
        2: (_draw_minutes, _draw_end, _draw_slot),
        3: (_draw_date, _draw_days, _draw_slot),
    }
    return rng.choice(kinds[level])(rng)


def _draw_event(rng: Random) -> Question:
    diary = _diary(rng)
    hour = rng.choice(diary)[1]
    return Question(
        f"Today: {_written(diary)}. What is at {hour}?",
        {"kind": "event", "diary": diary, "hour": hour},
    )


def _draw_hour(rng: Random) -> Question:
    diary = _diary(rng)
    event = rng.choice(diary)[0]
    return Question(
        f"Today: {_written(diary)}. When is the {event}?",
        {"kind": "hour", "diary": diary, "event": event},
    )


def _draw_weekday(rng: Random) -> Question:
    day, days = rng.choice(_WEEKDAYS), rng.randint(1, 14)
    return Question(
        f"Today is {day}. Which day is it in {days} day{'s' if days > 1 else ''}?",
        {"kind": "weekday", "day": day, "days": days},
    )


def _draw_whole_hours(rng: Random) -> Question:
    start = _clock(15 * rng.randint(0, 95))
    hours = rng.randint(1, 9)
    return Question(
        f"A train leaves at {start} and arrives {hours} h later. When?",
        {"kind": "end", "start": start, "minutes": 60 * hours},
    )


def _draw_minutes(rng: Random) -> Question:
    start = 5 * rng.randint(72, 240)
    minutes = 5 * rng.randint(1, 36)
    begin, end = _clock(start), _clock(start + minutes)
    return Question(
        f"How many minutes from {begin} to {end}?", {"kind": "minutes", "start": begin, "end": end}
    )


def _draw_end(rng: Random) -> Question:
    start = _clock(5 * rng.randint(72, 240))
    minutes = 5 * rng.randint(2, 24)
    return Question(
        f"A call starts at {start} and lasts {minutes} minutes. When does it end?",
        {"kind": "end", "start": start, "minutes": minutes},
    )


def _draw_slot(rng: Random) -> Question:
    """Two or three meetings of whole hours; the first free stretch of one or two hours."""
    hours = 1 if rng.random() < 0.6 else 2
    starts = sorted(rng.sample(range(_OPENS, _CLOSES - 5), rng.randint(2, 3)))
    busy: list[list[int]] = []
    for position, start in enumerate(starts):
        free = starts[position + 1] - start if position + 1 < len(starts) else 2
        busy.append([start, start + rng.randint(1, min(free, 3))])
    meetings = ", ".join(f"{start}-{end}" for start, end in busy)
    return Question(
        f"Open {_OPENS}-{_CLOSES}, busy {meetings}. First free {hours} h starts at?",
        {"kind": "slot", "busy": busy, "hours": hours},
    )


def _draw_date(rng: Random) -> Question:
    date = _date(rng)
    days = rng.randint(1, 60)
    return Question(
        f"Which date is {days} day{'s' if days > 1 else ''} after {date}?",
        {"kind": "date", "date": date.isoformat(), "days": days},
    )


def _draw_days(rng: Random) -> Question:
    first = _date(rng)
    second = first + datetime.timedelta(days=rng.randint(1, 60))
    return Question(
        f"How many days from {first} to {second}?",
        {"kind": "days", "date": first.isoformat(), "end": second.isoformat()},
    )


def _diary(rng: Random) -> list[tuple[str, int]]:
    """Two or three events of a day with their hours, in the order of time."""
    size = rng.randint(2, 3)
    hours = sorted(rng.sample(range(_OPENS, _CLOSES), size))
    return list(zip(rng.sample(_EVENTS, size), hours, strict=True))


def _written(diary: list[tuple[str, int]]) -> str:
    return ", ".join(f"{event} {hour}" for event, hour in diary)


def _date(rng: Random) -> datetime.date:
    return datetime.date(2026, 1, 1) + datetime.timedelta(days=rng.randint(0, 729))


def _clock(minutes: int) -> str:
    return (_MIDNIGHT + datetime.timedelta(minutes=minutes)).strftime("%H:%M")


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


def _answer(parameters: Parameters) -> str:
    solvers = {
        "event": lambda each: next(e for e, hour in each["diary"] if hour == each["hour"]),
        "hour": lambda each: str(dict(each["diary"])[each["event"]]),
        "weekday": _solve_weekday,
        "end": lambda each: _clock(_minutes(each["start"]) + each["minutes"]),
        "minutes": lambda each: str(_minutes(each["end"]) - _minutes(each["start"])),
        "slot": _solve_slot,
        "date": _solve_date,
        "days": _solve_days,
    }
    return solvers[parameters["kind"]](parameters)


def _solve_weekday(parameters: Parameters) -> str:
    return _WEEKDAYS[(_WEEKDAYS.index(parameters["day"]) + parameters["days"]) % 7]


def _solve_slot(parameters: Parameters) -> str:
    free = _OPENS
    for start, end in parameters["busy"]:
        if start - free >= parameters["hours"]:
            break
        free = max(free, end)
    return str(free)


def _solve_date(parameters: Parameters) -> str:
    date = datetime.date.fromisoformat(parameters["date"])
    return (date + datetime.timedelta(days=parameters["days"])).isoformat()


def _solve_days(parameters: Parameters) -> str:
    first = datetime.date.fromisoformat(parameters["date"])
    return str((datetime.date.fromisoformat(parameters["end"]) - first).days)
