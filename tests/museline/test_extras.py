"""A missing library names the extra that brings it."""

import sys
import tomllib
from pathlib import Path

import pytest

from museline.errors import MissingExtraError
from museline.extras import EXTRA_OF, missing_extra, need, require


def test_a_library_that_is_there_is_imported():
    assert require("json.decoder", "this test").__name__ == "json.decoder"


@pytest.mark.parametrize(("library", "extra"), [("torch", "train"), ("kserve", "serve")])
def test_a_missing_library_names_its_extra(monkeypatch, library, extra):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError) as caught:
        require(library, "muse run")
    assert str(caught.value) == (
        f"muse run needs the library {library}, which is not installed\n"
        f"  to mend it: pip install 'museline[{extra}]'"
    )


def test_a_library_that_misses_another_names_that_ones_extra(monkeypatch, tmp_path):
    (tmp_path / "needs_torch.py").write_text("import torch\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match="needs the library torch"):
        require("needs_torch", "this test")


def test_a_broken_module_of_our_own_is_not_called_a_missing_extra(monkeypatch, tmp_path):
    (tmp_path / "broken_module.py").write_text("import no_such_module_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        require("broken_module", "this test")


def test_all_missing_libraries_are_named_at_once(monkeypatch):
    monkeypatch.setitem(EXTRA_OF, "no_such_one", "train")
    monkeypatch.setitem(EXTRA_OF, "no_such_other", "serve")
    need(["json", "click"], "muse demo")
    with pytest.raises(MissingExtraError) as caught:
        need(["json", "no_such_one", "no_such_other"], "muse demo")
    assert "the libraries no_such_one, no_such_other, which are not" in str(caught.value)
    assert caught.value.mend == "pip install 'museline[serve,train]'"


def test_an_unknown_library_is_said_to_need_all():
    assert "museline[all]" in missing_extra("nobody_knows", "this").mend


def test_every_extra_of_the_table_is_one_of_the_project():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert set(EXTRA_OF.values()) <= set(project["optional-dependencies"])
