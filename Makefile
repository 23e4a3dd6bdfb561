# lakestack: the verbs. Plain `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
LAKESTACK := .venv/bin/lakestack
PYTEST := .venv/bin/pytest

# uv brings Python 3.13 when there is none; without uv, python3.13 has to be there.
BOOTSTRAP := $(if $(shell command -v uv),uv run --quiet --no-project --python 3.13,python3.13) scripts/bootstrap.py

##@ Use it
.PHONY: demo
demo: install ## Everything at once: set up, start, deploy, load sample files, query. DATA=DIR takes the three files from there
	$(LAKESTACK) demo $(if $(DATA),--data "$(DATA)")

.PHONY: up
up: install ## Start the stack and wait until it is healthy; it stays up
	$(LAKESTACK) up --detach

.PHONY: deploy
deploy: up ## Deploy the pipeline of infra/ to the running stack
	$(LAKESTACK) deploy

.PHONY: down
down: venv ## Stop the stack; nothing of it stays running
	$(LAKESTACK) down

##@ Work on it
.PHONY: test
test: install ## Every test that needs no Docker (KEEP=1 leaves the stack up, PYTEST_ARGS are pytest's)
	$(PYTEST) $(PYTEST_ARGS)

.PHONY: unit
unit: install ## The unit tests alone, but for the slow ones
	$(PYTEST) tests/unit -m "not slow" $(PYTEST_ARGS)

.PHONY: bench
bench: install ## Measure: prints a table, writes benchmarks/results.json
	.venv/bin/python -m benchmarks

.PHONY: lint
lint: venv ## Every static check, from formatting to workflows; one whose tool is not here is skipped by name (LINT_ARGS=--all: none)
	.venv/bin/python scripts/lint.py $(LINT_ARGS)

.PHONY: install
install: venv ## Fetch what the stack is made of into the user's cache
	@$(LAKESTACK) install --quiet

.PHONY: venv
venv:
	@$(BOOTSTRAP)

.PHONY: help
help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
