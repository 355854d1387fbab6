# Parley: the commands of everyday work. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi
RUN_STAMP := $(VENV)/.run-stamp
DEV_STAMP := $(VENV)/.dev-stamp
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: run test lint bench test-browser test-drills help

run: $(RUN_STAMP) ## Start a demo community on http://127.0.0.1:8000
	@PARLEY_DEMO=1 exec $(FLASK) demo --serve

# With bytecode kept, for the tests start many processes.
test: $(DEV_STAMP) ## Run the tests, on SQLite and (where it is installed) on PostgreSQL
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 --dist worksteal

lint: $(DEV_STAMP) ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/mypy platform/parley/kernel $(wildcard platform/parley/*/rules.py) \
	  platform/parley/promises/opening.py platform/parley/promises/clocks.py \
	  platform/parley/scorecards/figures.py platform/parley/threads/table.py

bench: $(DEV_STAMP) ## Measure against a Flask hello; JSON=path writes the figures
	$(BIN)/python bench/bench.py $(if $(JSON),--json $(JSON))
	$(BIN)/python bench/multitude.py $(if $(JSON),--json $(basename $(JSON))-multitude.json)
	$(BIN)/python bench/archive.py $(if $(JSON),--json $(basename $(JSON))-archive.json)

test-drills: $(DEV_STAMP) ## Kill processes, bring backups back, and try what takes long
	$(BIN)/pytest -n 2 --dist worksteal -m drill

test-browser: $(DEV_STAMP) ## Walk through the pages in headless Chromium
	@command -v chromium >/dev/null || { \
	  echo "Chromium is missing: these tests drive the program 'chromium' (Debian: apt install chromium)."; \
	  exit 1; }
	$(BIN)/pytest -m browser tests/browser

help: ## List these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-13s %s\n", $$1, $$2 }'

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Parley needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Parley needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try make PYTHON=python3.12 …"; exit 1; }
	@echo "Making the environment in $(VENV) (once; about a minute)…"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUN_STAMP): requirements.txt | $(BIN)/python
	@$(PIP) -r requirements.txt
	@touch $@

$(DEV_STAMP): requirements.txt requirements-dev.txt | $(BIN)/python
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(RUN_STAMP)
