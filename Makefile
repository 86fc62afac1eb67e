# The commands that users and CI rely on. `make help` lists them.
#
# Everything happens in .venv. What is installed there is remembered by the content of setup.cfg and setup.py: a stamp
# file carries their checksum in its name, so an install happens once per content and not once per time stamp.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := help

# Neither another environment nor a user's site-packages may leak into ours; and what is compiled once is kept.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV PIP_TARGET PIP_PREFIX PIP_USER PYTEST_ADDOPTS PYTEST_PLUGINS
export PYTHONNOUSERSITE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

VENV := .venv
BIN := $(VENV)/bin
CONTENT := $(shell cat setup.cfg setup.py | cksum | tr -s ' \t' '--')
LOCAL := $(VENV)/.installed-local-$(CONTENT)
TEST := $(VENV)/.installed-test-$(CONTENT)

# An interpreter to make the environment with; by default the newest known one from 3.11 on.
PYTHON ?=
# Options for `up`, `test` and `bench`, e.g. make up ARGS="--port 18800"
ARGS ?=
# For `chaos`: how long, and which order of faults
SECONDS ?= 120
SEED ?= 7

.PHONY: help up install test check bench chaos conformance spec format clean

help:
	@echo 'make up       start everything on this machine; make up ARGS="--port 18800" passes options on'
	@echo 'make install  the virtual environment and the install alone'
	@echo 'make test     the whole test suite; make test ARGS="tests/unit -x" a part of it, ARGS="-n 0" in one process'
	@echo 'make check    ruff, mypy, import-linter, migrations drift'
	@echo 'make bench    the benchmark, also in build/bench.json'
	@echo 'make chaos    the long fault injection; make chaos SECONDS=120 SEED=7'
	@echo "make conformance  OpenClaw's own command line, by npm, against our gateway"
	@echo 'make spec     every row of the specification with the tests that show it'
	@echo 'make format   let ruff format the code'
	@echo 'make clean    remove what was built, and $(VENV); no state'

up: $(LOCAL)
	@exec $(BIN)/openclaw up $(ARGS)

install: $(LOCAL)
	@:

# One process more than there are processors on a small machine: the tests wait more than they compute.
test: $(TEST)
	@exec $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(TEST)
	$(BIN)/ruff check --config config/ruff.toml .
	$(BIN)/ruff format --check --config config/ruff.toml .
	$(BIN)/mypy --config-file setup.cfg
	$(BIN)/lint-imports --config config/importlinter.ini --no-cache
	$(BIN)/python -m openclaw.store.migrate check

bench: $(TEST)
	@mkdir -p build
	@exec $(BIN)/python -m tests.bench $(ARGS)

chaos: $(TEST)
	@OPENCLAW_CHAOS_SECONDS="$(SECONDS)" OPENCLAW_CHAOS_SEED="$(SEED)" exec $(BIN)/python -m tests.chaos $(ARGS)

conformance: $(TEST)
	@exec $(BIN)/python -m tests.conformance $(ARGS)

spec: $(TEST)
	@mkdir -p build
	@rm -f build/spec.json
	@$(BIN)/python -m pytest -m spec --spec-report=build/spec.json >build/spec.log 2>&1 || tail -n 1 build/spec.log >&2
	@exec $(BIN)/python -m tests.spec_report build/spec.json $(ARGS)

format: $(TEST)
	$(BIN)/ruff check --fix --config config/ruff.toml .
	$(BIN)/ruff format --config config/ruff.toml .

clean:
	rm -rf build dist $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find openclaw workers web tests -type d -name __pycache__ -prune -exec rm -rf {} +

# The test extras include the local ones, so that install leaves both stamps.
$(LOCAL):
	@PYTHON='$(PYTHON)' sh config/venv.sh $(VENV) local $(LOCAL)

$(TEST):
	@PYTHON='$(PYTHON)' sh config/venv.sh $(VENV) test $(LOCAL) $(TEST)
