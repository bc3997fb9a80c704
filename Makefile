# Two commands: `make demo` and `make test`. Everything else is listed by `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPECS := $(or $(DUNWELL_SPECS_DIR),../shared/specs)
PRISM := tests/contract/node_modules/.installed
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo test test-all contract faults lint bench lock audit clean
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# By uv where it is on the path, else by pip: the same pinned, hashed versions.
$(STAMP): requirements.lock pyproject.toml
	@echo "Installing the environment into $(VENV) …"
	@if command -v uv >/dev/null 2>&1; then \
	  { test -x $(BIN)/python || uv venv -q --python $(PYTHON) $(VENV); } && \
	  uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  { test -x $(BIN)/python || $(PYTHON) -m venv $(VENV); } && \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

demo: $(STAMP) ## a demo ledger, one day's run, and the application (DEMO_ARGS=--once: without staying up)
	@$(BIN)/dunwell demo $(DEMO_ARGS)

test: $(STAMP) lint contract ## style, types, arrows and tests: five to nine minutes on two cores
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "not slow"

test-all: $(STAMP) lint contract ## everything, the long ones too
	@$(BIN)/pytest -q -n 2 --dist loadfile

# Whatever fails here, the tests that need it are skipped and say so.
$(PRISM): tests/contract/package-lock.json
	@if command -v npm >/dev/null 2>&1 && test -d "$(SPECS)"; then \
	  cd tests/contract && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=30000 >npm.log 2>&1 \
	    && touch node_modules/.installed && rm npm.log \
	    || echo "the providers' stand-in could not be installed (tests/contract/npm.log); its tests are skipped"; \
	fi

contract: $(PRISM) ## install the stand-in that tests/contract judges requests by, where npm and descriptions are there

faults: $(STAMP) ## every fault, then 300 kills in mid send; KILLS=n: n kills alone, SEED=n: which
	@$(BIN)/python -m tests.faults --seed $(or $(SEED),1) $(if $(KILLS),--only-kills --kills $(KILLS))

lint: $(STAMP) ## style, types, arrows
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/ruff format --check --no-cache -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(STAMP) ## measurements, each a ratio to a floor (BENCH=plan: one)
	@$(BIN)/python -m bench $(BENCH)

model: $(STAMP) ## train the model of clauses and the arbiters of replies anew from outreach/replies/corpus
	@$(BIN)/python -m bench.train_replies
	@$(BIN)/python -m bench.train_arbiters

lock: ## resolve the dependencies anew
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --extra dev -U pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --extra otel -c requirements.lock pyproject.toml -o deploy/requirements.lock

audit: ## known vulnerabilities of what is pinned; fails where it couldn't ask
	uvx pip-audit --strict --require-hashes --disable-pip -r requirements.lock

clean: ## remove the environment and what the demo made
	rm -rf $(VENV) var tests/contract/node_modules
