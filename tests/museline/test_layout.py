"""The layout that everything rests on: folders, light imports, entry points, tidy files."""

import ast
import importlib
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("platform", "components", "pipelines", "serving", "iac")
PACKAGES = (
    ROOT / "platform" / "museline",
    ROOT / "components" / "museline_components",
    ROOT / "pipelines" / "museline_pipelines",
    ROOT / "serving" / "museline_serving",
    ROOT / "iac" / "museline_iac",
)
HEAVY = {
    "IPython", "aiohttp", "boto3", "datasketch", "duckdb", "envoy", "fastapi", "feast", "ftfy",
    "google", "great_expectations", "grpc", "jinja2", "kfp", "kserve", "kubernetes", "matplotlib",
    "mlflow", "model_signing", "numpy", "openai", "pandas", "phonenumbers", "PIL", "pulumi",
    "pyarrow", "ray", "requests", "scipy", "sklearn", "sqlalchemy", "statsmodels", "stdnum",
    "tokenizers", "torch", "torchvision", "transformers", "uvicorn",
}  # fmt: skip
LINES_AT_MOST = 400
COMMANDS = sorted(entry_points(group="museline.commands"), key=lambda entry: entry.name)
CHECKS = sorted(entry_points(group="museline.checks"), key=lambda entry: entry.name)


def sources():
    return sorted(path for package in PACKAGES for path in package.rglob("*.py"))


def run(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def loaded_by(program):
    """Top-level names of all modules that a fresh interpreter has loaded after `program`."""
    done = run("-c", f"{program}\nimport sys; print('LOADED', *sys.modules)")
    assert done.returncode == 0, done.stderr
    line = next(each for each in done.stdout.splitlines() if each.startswith("LOADED"))
    return {name.split(".", maxsplit=1)[0] for name in line.split()[1:]}


def test_the_standard_librarys_platform_is_found_from_the_root():
    done = run("-c", "import platform, uuid; print(platform.system(), uuid.uuid4())")
    assert done.returncode == 0, done.stderr


def test_pytest_starts_as_a_module_from_the_root():
    done = run("-m", "pytest", "--version")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_top_level_folders_are_no_packages(folder):
    assert (ROOT / folder).is_dir()
    assert not (ROOT / folder / "__init__.py").exists()


def test_tests_are_no_packages():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize(
    "module",
    ["museline", "museline.cards", "museline.config", "museline.storage", "museline.examples",
     "museline.tasks", "museline.models", "museline.registry", "museline.doctor",
     "museline_components.stage"],
)  # fmt: skip
def test_the_core_loads_nothing_heavy(module):
    assert loaded_by(f"import {module}") & HEAVY == set()


def test_museline_itself_loads_next_to_nothing():
    ours = loaded_by("import museline") - loaded_by("pass")
    assert ours == {"museline"}


@pytest.mark.parametrize("command", ["", *(entry.name for entry in COMMANDS)])
def test_help_loads_nothing_heavy(command):
    program = (
        f"import sys; sys.argv = ['muse', *{command!r}.split(), '--help']\n"
        "from museline.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code"
    )
    assert loaded_by(program) & HEAVY == set()


@pytest.mark.parametrize(
    "stage", sorted(path.parent.name for path in PACKAGES[1].glob("*/config.py"))
)
def test_the_configuration_of_a_stage_loads_nothing_heavy(stage):
    assert loaded_by(f"import museline_components.{stage}.config") & HEAVY == set()


@pytest.mark.parametrize("entry", [*COMMANDS, *CHECKS], ids=lambda entry: entry.value)
def test_every_entry_point_loads(entry):
    assert callable(entry.load())


def test_every_command_has_its_line_in_the_help():
    from museline.cli.main import SUMMARIES

    assert set(SUMMARIES) == {entry.name for entry in COMMANDS}


def test_no_file_is_longer_than_it_should_be():
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in sources()
        if (lines := len(path.read_text().splitlines())) > LINES_AT_MOST
    }
    assert long == {}


def public_packages():
    """Packages that declare what they export."""
    return [
        path for path in sources() if path.name == "__init__.py" and "__all__" in path.read_text()
    ]


@pytest.mark.parametrize("path", public_packages(), ids=lambda path: path.parent.name)
def test_all_is_complete_and_sorted(path):
    top = next(folder for folder in PACKAGES if folder in path.parents)
    name = ".".join(path.parent.relative_to(top.parent).parts)
    module = importlib.import_module(name)
    exported = module.__all__
    assert list(exported) == sorted(exported, key=_order)
    assert all(hasattr(module, each) for each in exported)
    body = ast.parse(path.read_text()).body
    defined = {
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    imported = {
        alias.asname or alias.name
        for node in body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(name)
        for alias in node.names
    }
    # A package with code of its own imports what it works with; one without only passes it on.
    assert (defined or imported) <= set(exported)


def _order(name):
    """CONSTANTS, then Classes, then functions, each by name: as ruff sorts `__all__`."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_nothing_prints_outside_the_command_line():
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if "cli" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert printing == []
