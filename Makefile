# Tongban: `make help` lists what there is. Everything runs in .venv, made from requirements.lock.

PYTHON ?= python3
UV ?= uv
ARGS ?=
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/made-from-lock

.DEFAULT_GOAL := help
.PHONY: help demo test check bench line world fuzz lock texts clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: no $(PYTHON) was found. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tongban needs Python 3.11 or newer, and $(PYTHON) is older. Name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) from requirements.lock ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(RUN) -m pip install -qq --disable-pip-version-check --no-index --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## the city hub, a district hub and two stations on this machine; STORY=1 runs the story by itself
	@$(RUN) -m deploy.demo$(if $(filter-out 0,$(STORY)), --story) $(ARGS)

test: $(STAMP) ## all tests; ARGS="-k name" picks some
	@$(RUN) -m pytest -n auto --maxprocesses=4 --dist=loadfile $(ARGS)

check: $(STAMP) ## ruff, mypy strict, house tests
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(RUN) -m pytest -q tests/house

bench: $(STAMP) ## speed and memory as JSON lines
	@$(RUN) -m tests.bench $(ARGS)

line: $(STAMP) ## a station's day over a line that is slow and breaks, as JSON lines; ARGS="--speed 4" for a faster one
	@$(RUN) -m tests.line $(ARGS)

world: $(STAMP) ## the simulated world, seed after seed until stopped; SEED=n replays one with its story
	@$(RUN) -m tests.world $(if $(SEED),--seed $(SEED)) $(ARGS)

fuzz: $(STAMP) ## changed inputs for every parser that outsiders reach; MINUTES=n (10), ARGS="--target frames" for one
	@$(RUN) -m tests.fuzz $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

texts: $(STAMP) ## write docs/refusals.md from shared_models/texts
	@$(RUN) -m shared_models.texts > docs/refusals.md.new && mv docs/refusals.md.new docs/refusals.md

lock: ## pin every dependency anew, with hashes, for all platforms (needs uv)
	@command -v $(UV) >/dev/null || { echo "uv is missing: pip install uv, then make lock again" >&2; exit 1; }
	@$(UV) pip compile pyproject.toml --extra dev --universal --upgrade --generate-hashes --no-header --quiet -o requirements.lock

clean: ## remove the environment and what tools keep; data folders stay
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
