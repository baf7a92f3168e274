# Everything a person or CI runs. Each target brings what it needs; only Python 3.11 with pip must be there.
PYTHON ?= python3
UV := .tools/bin/uv
RUN := $(UV) run --frozen --all-extras
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
	@$(RUN) muse demo $(ARGS)

test: install
	$(RUN) pytest $(ARGS)

check: install
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) pytest -q tests/museline/test_layout.py

bench: install
	@$(RUN) python tests/benchmarks/run.py $(NAME) $(ARGS)

wheel: install
	$(UV) build --wheel

clean:
	rm -rf .venv .tools dist .mypy_cache .ruff_cache .pytest_cache
