# Every target is documented in CONTRIBUTING.md. `make run` and `make test` work on a fresh machine.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
REPO ?= .
REPOS ?= $(REPO)
# As the command itself does: small matrices, and workers on every core already.
export OPENBLAS_NUM_THREADS := 1
RUNS ?= 1000000
BIN := .venv/bin
SOURCES := $(shell find analyzer -name '*.py' -o -name '*.toml' -o -name '*.jinja' -o -name '*.json') pyproject.toml README.md
RUN_STAMP := .venv/.run-installed
TEST_STAMP := .venv/.test-installed
DOCS_STAMP := .venv-docs/.docs-installed
PACKAGE_STAMP := .venv/.package-installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

.PHONY: help run test check lock samples docs clean bench eval gates browser hostile exhaustive sbom determinism fuzz

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 10

run: $(PACKAGE_STAMP) ## analyse REPO (default: this repository), print the first screen, write reports/local/
	@mkdir -p reports/local
	@$(BIN)/aishare analyze "$(REPO)" --output - --output reports/local/report.html

test: $(TEST_STAMP) $(PACKAGE_STAMP) ## everything that CI runs: format, lint, types, layers, tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n 2 --dist loadscope -m "not exhaustive"

check: $(TEST_STAMP) $(PACKAGE_STAMP) ## the quick part of `test`, for the inner loop: lint, types, tests/unit
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/unit -n 2 --dist loadscope -q -m "not slow and not exhaustive"

exhaustive: $(TEST_STAMP) $(PACKAGE_STAMP) ## what `test` leaves out: hostile input whole, simulated histories by the hundred (half an hour)
	@$(BIN)/python -m pytest -n 2 --dist loadscope -q -m exhaustive

hostile: $(TEST_STAMP) $(PACKAGE_STAMP) ## every case of tests/validation/hostile, each verb and eighty kills (twelve minutes)
	@$(BIN)/python -m pytest tests/validation/hostile tests/validation/fleet/test_kills.py -n 2 --dist loadscope -q

determinism: $(TEST_STAMP) $(PACKAGE_STAMP) ## the same question in 22 combinations of locale, time zone, hash seed, jobs, cache and more (ten minutes)
	@$(BIN)/python -m pytest tests/validation/determinism -n 2 -q

fuzz: $(TEST_STAMP) $(PACKAGE_STAMP) ## continue fuzzing every parser until each has had RUNS executions (hours), and renew docs/reliability.md
	@$(PIP) "coverage>=7.10" && $(PIP) "atheris>=3.0" || echo "without atheris: a plain mutator." >&2
	@nice -n 19 $(BIN)/python -m tests.validation.fuzz --runs $(RUNS)
	@$(BIN)/python -m tests.validation.fuzz.page

browser: ## install what the browser tests need in addition to Chromium (by npm); without it they are skipped
	@command -v npm >/dev/null || { echo "the browser tests need Node.js 18 or newer: on Debian and Ubuntu install the packages nodejs and npm." >&2; exit 1; }
	@npm ci --prefix tests/browser --loglevel=error --no-progress >/dev/null

samples: $(TEST_STAMP) $(PACKAGE_STAMP) ## regenerate the golden reports and generated docs, then read the diff
	@$(BIN)/python -m tests.samples

sbom: $(TEST_STAMP) $(PACKAGE_STAMP) ## write the bill of materials of the lock file (CycloneDX) to dist/aishare.cdx.json, for a release
	@$(BIN)/python -m tests.supply dist/aishare.cdx.json

docs: $(DOCS_STAMP) ## build the docs as a site in site/, offline; open site/index.html
	@.venv-docs/bin/python -m tests.site

lock: ## renew requirements/*.txt (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --upgrade pyproject.toml requirements/run.in -o requirements/run.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" pyproject.toml requirements/run.in --group test \
	  -c requirements/run.txt -o requirements/test.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --upgrade --group docs -o requirements/docs.txt

gates: $(PACKAGE_STAMP) ## run the release gates on simulated panels (two hours; resumable) and write reports/gates.md
	@$(BIN)/python -m validation

bench: $(TEST_STAMP) $(PACKAGE_STAMP) ## time analyze on each of REPOS="[NAME=]PATH …" next to git log -p and other tools (PEERS=folder of their commands)
	@$(BIN)/python -m benchmarks.bench $(REPOS) --peers "$(PEERS)"
	@$(BIN)/python -m benchmarks.page

eval: $(TEST_STAMP) $(PACKAGE_STAMP) ## measure how far the style estimate is off on repositories it has not seen (DATA=labelled features, Parquet)
	@test -n "$(DATA)" || { echo "make eval needs labelled features: make eval DATA=functions.parquet (docs/style.md)." >&2; exit 2; }
	@$(BIN)/python -W ignore benchmarks/style.py "$(DATA)"

clean: ## remove the environment and caches
	@rm -rf .venv .venv-docs site tests/browser/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "aishare needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@command -v git >/dev/null || { echo "aishare needs git 2.31 or newer: install the package git." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "python3 -m venv failed: on Debian and Ubuntu install the package python3-venv." >&2; exit 1; }

$(RUN_STAMP): requirements/run.txt | .venv/pyvenv.cfg
	@echo "installing $$(grep -c == requirements/run.txt) locked packages into .venv: about 160 MB to download, 680 MB on disk, a minute ..." >&2
	@$(PIP) --require-hashes -r requirements/run.txt
	@touch $@

$(TEST_STAMP): requirements/test.txt | .venv/pyvenv.cfg
	@echo "installing $$(grep -c == requirements/test.txt) locked packages for the tests: about 210 MB to download, 870 MB on disk, a minute ..." >&2
	@$(PIP) --require-hashes -r requirements/test.txt
	@touch $@ $(RUN_STAMP)

$(PACKAGE_STAMP): $(SOURCES) | .venv/pyvenv.cfg
	@test -e $(RUN_STAMP) || $(MAKE) --no-print-directory $(RUN_STAMP)
	@$(PIP) --no-deps --no-build-isolation --force-reinstall .
	@touch $@

$(DOCS_STAMP): requirements/docs.txt
	@echo "installing $$(grep -c == requirements/docs.txt) locked packages into .venv-docs: about 20 MB to download, 140 MB on disk, ten seconds ..." >&2
	@$(PYTHON) -m venv .venv-docs
	@.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/docs.txt
	@touch $@
