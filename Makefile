# Everything a developer needs. Wants make and Python 3.11 or later; the rest is installed into .venv from the package registry.

VENV  ?= .venv
BIN   := $(VENV)/bin
SETUP := pyproject.toml constraints.txt
# pip is told to say errors only: its notes about mirrors and newer versions of itself are of no use here.
PIP   := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run test check format bench notebook clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## read corpus/ and write the dataset to outputs/, all of it anew
	@$(BIN)/health-triples run corpus --out outputs --model none --fresh

test: $(VENV)/.installed-dev ## run the tests
	@$(BIN)/python -m pytest

check: $(VENV)/.installed-dev ## lint, formatting, types, the layers of docs/architecture.md, and the floors under the scores
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/health-triples lexicon check
	@$(BIN)/health-triples evaluate --gate

format: $(VENV)/.installed-dev ## put the code into the project's format
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: $(VENV)/.installed ## words per second of each stage, and time and memory of whole runs (40 minutes)
	@$(BIN)/python -m pipeline.benchmark corpus --sizes 1000,10000 --replayed 1000,10000,100000 --write README.md

notebook: $(VENV)/.installed-dev ## run docs/notebooks/explore.ipynb and keep its outputs
	@$(BIN)/python -m tests.notebook

clean: ## remove the virtual environment and all caches
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	@find pipeline tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for python in python3 python3.13 python3.12 python3.11 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    $$python -m venv $(VENV) && exit 0; rm -rf $(VENV); exit 1; \
	  fi; \
	done; \
	echo "error: Python 3.11 or later was not found; install it, or name it: make run VENV=path/to/its/virtual-environment" >&2; exit 1

$(VENV)/.installed: $(SETUP) | $(BIN)/python
	@echo "installing into $(VENV) (once, about a minute)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: $(SETUP) | $(BIN)/python
	@echo "installing with the development tools into $(VENV) (once, about a minute)"
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.installed
