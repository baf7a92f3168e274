"""`muse`: near names, one line per noun, and errors without a traceback."""

import sys
from importlib.metadata import EntryPoint

import pytest

from museline.cli import main as command_line
from museline.errors import DataError


def muse(monkeypatch, capsys, *arguments):
    """Runs the command line in this process: its status, what it printed, and its errors."""
    monkeypatch.setattr(sys, "argv", ["muse", *arguments])
    try:
        command_line.main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def noun(monkeypatch, tmp_path):
    """Makes `muse noun` run a function."""

    def install(body):
        (tmp_path / "some_noun.py").write_text(f"import click, errno, os, sys\n{body}")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "some_noun", raising=False)
        entry = EntryPoint("noun", "some_noun:noun", "museline.commands")
        monkeypatch.setattr(command_line, "entry_points", lambda group: [entry])

    return install


COMMAND = "@click.command()\ndef noun():\n    "


def test_help_lists_the_nouns_with_their_lines(monkeypatch, capsys):
    code, out, _ = muse(monkeypatch, capsys, "--help")
    assert code == 0
    for name, summary in command_line.SUMMARIES.items():
        assert f"  {name}" in out
        assert summary in out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_an_unknown_noun_lists_the_near_ones(monkeypatch, capsys):
    code, _, err = muse(monkeypatch, capsys, "rnu")
    assert code == 2
    assert "there is no command 'rnu'\n  did you mean run, runs? (one of demo," in err
    assert max(len(line) for line in err.splitlines()) <= 100


def test_an_unknown_option_is_named(monkeypatch, capsys):
    code, _, err = muse(monkeypatch, capsys, "doctor", "--outptu", "json")
    assert code == 2
    assert "'--outptu'" in err
    assert "--output" in err


def test_errors_for_people_come_without_a_traceback(monkeypatch, capsys, noun):
    noun(
        "from museline.errors import DataError\n"
        + COMMAND
        + "raise DataError('line 3 is broken', value='{', mend='mend it')"
    )
    code, _, err = muse(monkeypatch, capsys, "noun")
    assert code == DataError.exit_code
    assert err == "error: line 3 is broken\n  got: {\n  to mend it: mend it\n"


@pytest.mark.parametrize("body", ["import torch\n" + COMMAND + "pass", COMMAND + "import torch"])
def test_a_missing_library_names_the_extra(monkeypatch, capsys, noun, body):
    monkeypatch.setitem(sys.modules, "torch", None)
    noun(body)
    code, _, err = muse(monkeypatch, capsys, "noun")
    assert code == 5
    assert "needs the library torch" in err
    assert "pip install 'museline[train]'" in err
    assert "Traceback" not in err


def test_a_full_disk_is_said_in_words(monkeypatch, capsys, noun, tmp_path):
    noun(COMMAND + f"raise OSError(errno.ENOSPC, 'No space left', {str(tmp_path / 'file')!r})")
    code, _, err = muse(monkeypatch, capsys, "noun")
    assert code == 8
    assert "the disk is full" in err
    assert str(tmp_path / "file") in err


def test_ctrl_c_and_a_closed_pipe_have_their_own_status(monkeypatch, capsys, noun):
    noun(COMMAND + "raise KeyboardInterrupt")
    code, _, err = muse(monkeypatch, capsys, "noun")
    assert (code, err.strip()) == (130, "stopped")


def test_a_status_of_a_command_is_the_status_of_the_program(monkeypatch, capsys, noun):
    noun("@click.command()\n@click.pass_context\ndef noun(context):\n    context.exit(9)")
    assert muse(monkeypatch, capsys, "noun")[0] == 9


def test_what_nobody_can_mend_keeps_its_traceback(monkeypatch, capsys, noun):
    noun(COMMAND + "raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))")
    with pytest.raises(PermissionError):
        muse(monkeypatch, capsys, "noun")
    noun("import no_such_module_of_ours\n" + COMMAND + "pass")
    with pytest.raises(ModuleNotFoundError):
        muse(monkeypatch, capsys, "noun")
