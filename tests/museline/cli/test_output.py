"""One set of rows, for people and for programs."""

import json

from museline.cli.output import print_rows

ROWS = [("a", 1, None), ("b", 2.5, "x [bold] y")]


def test_a_table_for_people(capsys):
    print_rows("table", ("name", "amount", "note"), ROWS, title="Some")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].strip() == "Some"
    assert lines[1].split() == ["name", "amount", "note"]
    assert lines[2].split() == ["a", "1"]
    assert lines[3].split(maxsplit=2) == ["b", "2.5", "x [bold] y"]


def test_json_for_programs(capsys):
    print_rows("json", ("name", "amount", "note"), iter(ROWS))
    assert json.loads(capsys.readouterr().out) == [
        {"name": "a", "amount": 1, "note": None},
        {"name": "b", "amount": 2.5, "note": "x [bold] y"},
    ]


def test_without_rows_there_is_an_empty_list(capsys):
    print_rows("json", ("name",), [])
    assert json.loads(capsys.readouterr().out) == []
