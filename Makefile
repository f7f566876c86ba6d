.DEFAULT_GOAL := help
.PHONY: help setup run test check smoke docs requirements clean

PYTHON ?= python3
BIN := .venv/bin
# Three, since many of them wait for real processes.
JOBS ?= 3
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV ?= $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes \
	--no-emit-index-url --no-emit-find-links --python-version 3.11 \
	--custom-compile-command "make requirements" $(UPGRADE)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: .venv/.ready ## .venv with everything pinned, and .venv/bin/tidegate in it

.venv/.ready: requirements-dev.txt requirements-build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tidegate needs Python 3.11 or newer: make setup PYTHON=python3.13"; exit 1; } >&2
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv || \
		{ echo "No virtual environment could be made (on Debian: apt install python3-venv)"; exit 1; } >&2
	$(PIP) --require-hashes -r requirements-build.txt
	@# uv takes a fifth of pip's time; pip knows mirrors and proxies that uv may not.
	$(BIN)/uv pip install --quiet --python $(BIN)/python --link-mode copy --require-hashes -r requirements-dev.txt \
		|| $(PIP) --require-hashes --no-deps -r requirements-dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## the whole house on SQLite in .tidegate, with a sandbox ERP (PORT=7003)
	$(BIN)/tidegate up --dir .tidegate $(if $(PORT),--port $(PORT))

test: setup ## the suite (TEST_MSSQL_DSN adds the SQL Server half)
	@# Where no bytecode may be kept every worker compiles every test, each time.
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(JOBS) $(ARGS)

check: setup ## format, lint, types, layers, and the reference pages in step with the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/docs.py --check

smoke: setup ## start the house in a fresh folder, post one product, see it applied
	$(BIN)/python tools/smoke.py

docs: setup ## write docs/reference anew from the code
	$(BIN)/python tools/docs.py

requirements: ## resolve the pins anew (UPGRADE=--upgrade for newer ones)
	$(COMPILE) pyproject.toml --extra mssql --output-file requirements.txt
	$(COMPILE) pyproject.toml --extra mssql --group dev --constraint requirements.txt --output-file requirements-dev.txt
	$(COMPILE) --group build --constraint requirements-dev.txt --output-file requirements-build.txt
	$(COMPILE) bench/requirements.in --output-file bench/requirements.txt

clean: ## remove the environment and the caches, never .tidegate
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
