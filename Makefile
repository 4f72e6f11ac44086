# Two commands: `make demo` and `make test`. Both build the environment first, in .venv, and nowhere else.
SHELL := /bin/bash
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The newest interpreter of this machine that we support, pyenv's included; empty where it is the one above.
NEWEST = $(shell for minor in 3.14 3.13 3.12; do for python in python$$minor "$$(pyenv root 2>/dev/null)"/versions/$$minor*/bin/python$$minor; do \
	"$$python" -c '' 2>/dev/null && { echo "$$python"; exit; }; done; done)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A package index that only pip was told of serves the installer too.
export UV_DEFAULT_INDEX ?= $(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null || echo "$$PIP_INDEX_URL")
ifeq ($(strip $(UV_DEFAULT_INDEX)),)
unexport UV_DEFAULT_INDEX
endif

.PHONY: demo nhanes test check newest coverage mutants lock clean

demo: $(VENV)/.ready      ## a synthetic study of real device files, run through to the cohort tables
	$(BIN)/legjumps demo

NHANES ?= ../nhanes
nhanes: $(VENV)/.ready    ## real people: make nhanes NHANES=folder of the survey's files (docs/nhanes.md)
	$(BIN)/legjumps nhanes $(NHANES)

test: $(VENV)/.ready      ## every test, as CI runs them
	$(BIN)/python -m pytest -n 2 --dist loadgroup -q

check: $(VENV)/.ready      ## lint, format, types, SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint -q sql

newest:                   ## what depends most on versions, with the newest Python of this machine
	$(if $(NEWEST),$(MAKE) VENV=.venv-newest PYTHON=$(NEWEST) newest-tests,@echo "no newer Python than $(PYTHON) here")

newest-tests: $(VENV)/.ready
	$(BIN)/python -m pytest -n 2 --dist loadgroup -q tests/flows tests/transforms/scoring tests/transforms/diaries tests/transforms/statistics

coverage: $(VENV)/.ready  ## every test, and which branches none of them took; the floors are held
	$(BIN)/python -m pytest -n 2 --dist loadgroup -q --cov --cov-report=
	$(BIN)/coverage report --include='transforms/*' --fail-under=95 --skip-covered --sort=cover
	$(BIN)/coverage report --include='flows/*' --fail-under=90 --skip-covered --sort=cover

mutants: $(VENV)/.ready   ## hours: change the code in 300 places and count what no test notices
	$(BIN)/uv pip install --quiet --python $(BIN)/python 'cosmic-ray>=8.4'
	$(BIN)/python benchmarks/mutants.py

$(VENV)/.ready: requirements.lock bootstrap.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info < (3, 15)) and "Python 3.11 to 3.14 is needed; name it: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r bootstrap.lock
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(BIN)/python -c 'from flows.orchestration import make_template; make_template()'
	touch $@

lock:                     ## resolve again; the lock file names no index
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade pyproject.toml --extra dev --extra s3 --extra dask -o requirements.lock
	printf 'uv\n' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - -o bootstrap.lock

clean:
	rm -rf .venv .venv-newest demo build
