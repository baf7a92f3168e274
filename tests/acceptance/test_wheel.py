"""The wheel in an empty environment: small, and friendly about what is not installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.integration


def uv():
    own = ROOT / ".tools" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if not found:
        pytest.skip("uv is not there: make install")
    return found


def call(*arguments, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return subprocess.run(
        [str(each) for each in arguments],
        cwd=environment.pop("cwd", ROOT),
        env={**kept, "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def muse(tmp_path_factory):
    """Runs `muse` from the wheel, in an environment with the base dependencies only."""
    folder = tmp_path_factory.mktemp("wheel")
    for step in (
        ("build", "--wheel", "--out-dir", folder / "dist", ROOT),
        ("venv", "--python", "3.11", folder / "venv"),
    ):
        done = call(uv(), *step)
        assert done.returncode == 0, done.stderr
    (wheel,) = (folder / "dist").glob("museline-*.whl")
    python = folder / "venv" / "bin" / "python"
    done = call(uv(), "pip", "install", "--python", python, wheel)
    assert done.returncode == 0, done.stderr
    work = folder / "work"
    work.mkdir()

    def run(*arguments):
        program = folder / "venv" / "bin" / "muse"
        return call(program, *arguments, cwd=work, MUSELINE_HOME=str(work / "home"))

    return run


def test_help_lists_every_noun(muse):
    done = muse("--help")
    assert done.returncode == 0, done.stderr
    for noun in ("demo", "doctor", "models", "pipeline", "release", "run", "runs", "serve"):
        assert f"\n  {noun} " in done.stdout


def test_the_doctor_names_what_is_missing(muse):
    done = muse("doctor")
    assert "Traceback" not in done.stderr
    assert "Python 3.11" in done.stdout
    assert "pip install 'museline[" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("run", "training"), ("demo",), ("serve", "champion"), ("pipeline", "compile", "training")],
)
def test_a_command_without_its_libraries_names_the_extra(muse, arguments):
    done = muse(*arguments)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "not installed" in done.stderr
    assert "pip install 'museline[" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("release", "--help"), ("run", "--help"), ("runs", "list"), ("models", "list")],
)
def test_what_needs_no_more_than_the_base_works(muse, arguments):
    done = muse(*arguments)
    assert done.returncode == 0, done.stderr
