# Everything happens in .venv, which is made on the first call and after a change of pyproject.toml.
PYTHON ?= python3
# processes that run the tests
WORKERS ?= auto
BIN := .venv/bin

.PHONY: verify test lint tour docs coq clean

verify: .venv/installed  ## settle all claims on the quick budget and print the report
	$(BIN)/fa-theory verify --out out
	$(BIN)/fa-theory report --out out

test: .venv/installed lint  ## all checks and all tests
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

lint: .venv/installed  ## style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

tour: .venv/installed  ## what README.md shows, in an empty folder, and whether it prints what is shown
	$(BIN)/python .ci/tour.py README.md

docs: .venv/installed-docs out/results.json  ## the documentation, in docs/_build/html; every warning is an error
	$(BIN)/sphinx-build --nitpicky --fail-on-warning --keep-going --quiet docs docs/_build/html
	@echo "the documentation: docs/_build/html/index.html"

out/results.json:  # the verdicts that the documentation shows; make verify brings them up to date
	$(MAKE) .venv/installed
	$(BIN)/fa-theory verify --out out

coq:  ## the Coq library from its sources, its theorems and axioms as recorded, and the separate checker of Coq
	$(MAKE) -C proofs/coq audit coqchk

clean:  ## remove the environment and everything that was written
	rm -rf .venv out docs/_build docs/generated
	$(MAKE) -C proofs/coq clean

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "fa-theory needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …" >&2; exit 2; }
	@echo "installing into .venv (once, about a minute) …"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

.venv/installed-docs: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@
