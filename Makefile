# Everything runs in a virtual environment of its own, made from pinned versions.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# The environment variable reaches the isolated build too; the option does not.
PIP    := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test coverage lint format bench generated clean

demo: $(VENV)/run.stamp
	$(BIN)/oneroster demo demo

test: $(VENV)/test.stamp
	tests/system-packages
	$(BIN)/pytest --numprocesses auto

# The same, and which lines no test runs; takes half as long again.
coverage: $(VENV)/test.stamp
	tests/system-packages
	$(BIN)/pytest --numprocesses auto --cov --cov-report=term:skip-covered

lint: $(VENV)/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/test.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# BENCH="--runs 5" or "--small" reaches the benchmark of the database.
bench: $(VENV)/test.stamp
	$(BIN)/python tests/benchmarks/database.py $(BENCH)
	$(BIN)/python tests/benchmarks/extract.py
	$(BIN)/python tests/benchmarks/memory.py
	$(BIN)/python tests/benchmarks/validate.py

# Write the sample and the generated pages anew, after a wanted change of behaviour.
generated: $(VENV)/test.stamp
	$(BIN)/python tests/generated.py

clean:
	rm -rf $(VENV) demo out build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }

$(VENV)/run.stamp: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --editable .
	touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp tests/requirements.txt
	$(PIP) install --requirement tests/requirements.txt
	touch $@
