# Everything a person or CI runs. Each target brings what it needs; only Python 3.11 with pip must be there.
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
ARGS ?=
NAME ?=

.PHONY: demo test check bench install wheel clean

$(UV):
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools uv==0.13.8

.venv/.installed: $(UV) uv.lock pyproject.toml
	$(UV) sync --frozen --all-extras
	@touch $@

install: .venv/.installed

demo: install
	@$(BIN)/muse demo $(ARGS)

test: install
	$(BIN)/pytest $(ARGS)

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/museline/test_layout.py

bench: install
	@$(BIN)/python tests/benchmarks/run.py $(NAME) $(ARGS)

wheel: install
	$(UV) build --wheel

clean:
	rm -rf .venv .tools dist .mypy_cache .ruff_cache .pytest_cache
