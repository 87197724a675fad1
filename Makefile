# `make` alone lists what there is. Nothing here needs more than git, make and Python 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# An interrupted download is tried again, and a pip of any age stays quiet about its own updates.
# The locks are whole, so nothing is resolved anew: an old pip that resolves `coverage[toml]` wants
# the newest coverage for it, whatever the lock says, and then refuses that for want of a hash.
PIP_OPTIONS := --quiet --disable-pip-version-check --retries 5 --require-hashes --no-deps
PIP := $(BIN)/python -m pip install $(PIP_OPTIONS)
# Other people's clients have an environment of their own: their dependencies never meet ours.
FOREIGN := build/foreign
FOREIGN_LOCK := tests/e2e/foreign/requirements.lock

.DEFAULT_GOAL := help
.PHONY: help install install-dev run sandbox test format lint types imports deps unit integration \
        databases e2e simulate simulate-postgres fuzz chaos mutants bench migration migrate locale lock \
        screenshots chat-pictures clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/runtime: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what FluxPay needs into $(VENV) ..."
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/runtime
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) -r requirements-dev.lock
	@touch $@

$(FOREIGN)/complete: $(FOREIGN_LOCK)
	@echo "Installing other people's clients, which the tests let loose on the sandbox ..."
	@rm -rf $(FOREIGN) && $(PYTHON) -m venv $(FOREIGN)
	@$(FOREIGN)/bin/python -m pip install $(PIP_OPTIONS) -r $(FOREIGN_LOCK)
	@touch $@

install: $(VENV)/runtime ## install what FluxPay needs into .venv

install-dev: $(VENV)/dev $(FOREIGN)/complete ## install what its tests need, too

run: install ## run FluxPay: with no token set, the sandbox; prints its address
	@$(BIN)/python -m fluxpay run

sandbox: install ## run the local Safaricom and Telegram alone, for other people's bots
	@$(BIN)/python -m sandbox

test: lint types imports deps ## what CI calls: lint, types, import contracts, dependencies, all tests
	$(BIN)/python -m pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder

format: install-dev ## put the source in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install-dev
	$(BIN)/mypy

imports: install-dev
	$(BIN)/lint-imports

deps: install-dev
	$(BIN)/deptry .

unit: install-dev ## the fast tests: rules and parsers, no database
	$(BIN)/python -m pytest tests/unit

integration: install-dev ## services and server on both databases, the chat on one of them
	$(BIN)/python -m pytest tests/integration

databases: install-dev ## on both databases what `make test` runs on one of them: chat and bench
	EVERY_DATABASE=1 $(BIN)/python -m pytest --numprocesses=3 --dist=loadfile \
	  tests/integration/bench tests/integration/bot tests/integration/rules

e2e: install-dev ## the whole program against the sandbox, and the page in Chromium
	$(BIN)/python -m pytest tests/e2e

simulate: install-dev ## live through months of faults: make simulate SEEDS=1000 DAYS=90
	$(BIN)/python -m rehearsal --seeds $(or $(SEEDS),100) --days $(or $(DAYS),90)

simulate-postgres: install-dev ## the same on a PostgreSQL of its own: SEEDS=10 DAYS=30
	$(BIN)/python -m tests.simulate_on_postgres --seeds $(or $(SEEDS),10) --days $(or $(DAYS),30)

fuzz: install-dev ## send broken callbacks by the thousand: make fuzz COUNT=100000
	$(BIN)/python -m tests.fuzz_callbacks --count $(or $(COUNT),100000)

mutants: install-dev ## break core/billing in each place, and see whether its tests notice
	rm -rf mutants
	$(BIN)/mutmut run
	@$(BIN)/mutmut results

chaos: install-dev ## kill real processes under load: make chaos KILLS=100
	$(BIN)/python -m tests.chaos --kills $(or $(KILLS),100)

bench: install-dev ## measure the hot paths as ratios within one run
	$(BIN)/python -m bench

migration: install-dev ## write a migration for changed models: make migration name=add_refunds
	$(BIN)/tortoise -c fluxpay.migrations.TORTOISE_ORM makemigrations core --name $(name)

migrate: install ## bring the database of DATABASE_URL up to date
	@$(BIN)/python -m fluxpay migrate

locale: install-dev ## extract the texts and bring both languages up to date
	$(BIN)/python -m tests.locale_tools

lock: install-dev ## pin what is installed, with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --group dev pyproject.toml \
	  -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links tests/e2e/foreign/requirements.in \
	  -o $(FOREIGN_LOCK)

screenshots: install-dev ## make the pictures of the README and of docs/tour.md
	SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/e2e/test_page_tour.py

chat-pictures: install-dev ## make the pictures of docs/chat.md, and the page itself
	$(BIN)/python -m tests.pictures

clean: ## remove the environment and what tests left behind
	rm -rf $(VENV) mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build
