# Everything happens inside this folder: the virtual environment, the build, the demonstration's
# runs. A second call does only what has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUST := Cargo.toml Cargo.lock $(shell find rust_core -name '*.rs' -o -name Cargo.toml)

export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

.PHONY: demo test lint format setup weights wheel clean

## demo: find a better prompt on the embedded model, in the workbench or, without a terminal, here
demo: setup weights
	@mkdir -p .promptopt
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/promptopt-tui --demo; else $(BIN)/promptopt run --demo; fi

## test: run every test, Python and Rust
test: setup weights $(VENV)/.dev
	cargo test --quiet --workspace --locked
	$(BIN)/python -m pytest

## lint: linters, type checks, import contracts
lint: setup $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cargo fmt --check
	cargo clippy --quiet --workspace --all-targets --locked -- -D warnings

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cargo fmt

## wheel: one wheel in dist/ for every CPython from 3.11 on, tried in an environment of its own
wheel: setup
	@rm -rf dist
	$(BIN)/maturin build --quiet --release --locked --out dist
	.ci/try-wheel $(BIN)/python dist/*.whl

## setup: virtual environment, pinned dependencies, the built extension
setup: $(VENV)/.built

weights: $(VENV)/.built
	@$(BIN)/promptopt models pull

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'promptopt needs Python 3.11 or newer; name one: make PYTHON=python3.12' >&2; exit 1; }
	@command -v cargo >/dev/null || \
	  { echo 'promptopt needs a Rust toolchain (cargo) to build its extension' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.built: $(BIN)/python pyproject.toml constraints.txt $(RUST)
	@echo 'building the extension and installing what it needs (a minute or two, once)'
	@$(PIP) install --constraint constraints.txt maturin
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.built
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) target dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find promptopt -name '*.so' -delete
