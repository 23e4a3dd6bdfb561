# lakestack: the verbs. Plain `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
LAKESTACK := .venv/bin/lakestack
PYTEST := .venv/bin/pytest

# uv brings Python 3.13 when there is none; without uv, python3.13 has to be there.
BOOTSTRAP := $(if $(shell command -v uv),uv run --quiet --no-project --python 3.13,python3.13) scripts/bootstrap.py

# Containers bring what they are made of: of this machine they need the command alone.
SET_UP := $(if $(filter compose,$(ENGINE)),venv,install)
WITH_ENGINE := $(if $(ENGINE),--engine $(ENGINE))

##@ Use it (ENGINE=compose: in containers)
.PHONY: demo
demo: $(SET_UP) ## Everything at once: set up, start, deploy, load sample files, query. DATA=DIR takes the three files from there
	$(LAKESTACK) demo $(WITH_ENGINE) $(if $(DATA),--data "$(DATA)")

.PHONY: up
up: $(SET_UP) ## Start the stack and wait until it is healthy; it stays up
	$(LAKESTACK) up --detach $(WITH_ENGINE)

.PHONY: deploy
deploy: up ## Deploy the pipeline of infra/ to the running stack
	$(LAKESTACK) deploy

.PHONY: down
down: venv ## Stop the stack; nothing of it stays running
	$(LAKESTACK) down

##@ Work on it
.PHONY: test
test: install ## Every test that needs no Docker (KEEP=1 leaves the stack up, PYTEST_ARGS are pytest's)
	.venv/bin/python scripts/test.py $(PYTEST_ARGS)

.PHONY: test-compose
test-compose: install images ## The same tests but the unit tests on containers, and the tests of containers themselves
	$(PYTEST) --engine compose tests/integration tests/e2e tests/containers $(PYTEST_ARGS)

.PHONY: test-containers
test-containers: install images ## What only containers can show: faults, and the same answers as the embedded engine
	$(PYTEST) --engine compose tests/containers $(PYTEST_ARGS)

.PHONY: images
images: ## Build what changed of the images
	docker compose build

.PHONY: unit
unit: install ## The unit tests alone, but for the slow ones
	$(PYTEST) tests/unit -m "not slow" $(PYTEST_ARGS)

.PHONY: mutants
mutants: install ## Put known defects into a copy and see a test turn red for each; writes docs/mutants.md
	.venv/bin/python scripts/mutants.py

.PHONY: bench
bench: install ## Measure: prints a table, writes benchmarks/results.json
	.venv/bin/python -m benchmarks

.PHONY: soak
soak: install ## Ten rounds of kills, 40 uploads at once, a sheet of 1,048,576 lines: a quarter of an hour and more (SOAK_ARGS="--rounds 1 --uploads 4 --rows 9999")
	$(PYTEST) tests/soak -m soak --engine embedded -q $(SOAK_ARGS)

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
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
