"""Each check is fine, or says why not and how to mend it; a missing extra is one of them."""

import json
import sys
from importlib.metadata import EntryPoint

import pytest
from click.testing import CliRunner

from museline.cli.doctor import doctor
from museline.doctor import Check, CheckResult, checks, core_checks, find_checks


def results():
    return {check.name: check.run() for check in core_checks()}


def test_on_a_usual_machine_the_core_is_fine(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSELINE_HOME", str(tmp_path / "not" / "there" / "yet"))
    found = results()
    assert found["python"].fine
    assert found["home"].fine
    assert "GB free" in found["disk"].detail
    assert not (tmp_path / "not").exists()


def test_another_python_and_a_full_disk_say_how_to_mend_it(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 13, 1))
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1e9}))
    found = results()
    assert (found["python"].fine, found["python"].detail) == (False, "Python 3.13.1")
    assert found["python"].mend
    assert not found["disk"].fine
    assert "1.0 GB free" in found["disk"].detail


def test_a_home_that_cannot_be_written_is_said(monkeypatch):
    monkeypatch.setattr(checks.os, "access", lambda *_: False)
    assert not results()["home"].fine
    assert "MUSELINE_HOME=" in results()["home"].mend


def module(monkeypatch, tmp_path, text):
    (tmp_path / "some_checks.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "some_checks", raising=False)
    entry = EntryPoint("serving", "some_checks:checks", "museline.checks")
    monkeypatch.setattr(checks, "entry_points", lambda group: [entry])


def test_checks_of_other_packages_follow_the_cores(monkeypatch, tmp_path):
    module(
        monkeypatch,
        tmp_path,
        "from museline.doctor import Check, CheckResult\n"
        "def checks():\n    return [Check('port', lambda: CheckResult(True, 'free'))]\n",
    )
    assert [check.name for check in find_checks()] == ["python", "home", "disk", "port"]


@pytest.mark.parametrize(
    "text",
    [
        "import torch\n",
        "from museline.extras import require\n"
        "def checks():\n    return [require('torch', 'serving')]\n",
    ],
)
def test_a_missing_extra_is_a_check_that_says_so(monkeypatch, tmp_path, text):
    monkeypatch.setitem(sys.modules, "torch", None)
    module(monkeypatch, tmp_path, text)
    result = find_checks()[-1].run()
    assert not result.fine
    assert not result.needed
    assert "torch" in result.detail
    assert result.mend == "pip install 'museline[train]'"


def test_the_command_ends_with_1_if_something_needed_is_missing(monkeypatch):
    found = [
        Check("good", lambda: CheckResult(True, "there")),
        Check("nice", lambda: CheckResult(False, "absent", mend="get it", needed=False)),
    ]
    monkeypatch.setattr("museline.doctor.find_checks", lambda: found)
    done = CliRunner().invoke(doctor)
    assert done.exit_code == 0
    assert "✓ good" in done.output
    assert "to mend it: get it" in done.output
    found.append(Check("must", lambda: CheckResult(False, "absent", mend="install it")))
    done = CliRunner().invoke(doctor, ["--output", "json"])
    assert done.exit_code == 1
    assert [each["check"] for each in json.loads(done.output)] == ["good", "nice", "must"]
    assert json.loads(done.output)[2]["mend"] == "install it"
