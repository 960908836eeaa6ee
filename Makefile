# Every target makes what it needs: a virtual environment in .venv, then the compiled core inside the checkout.
#
#   make demo        a spike test of the reference target, from nothing to a verdict
#   make test        everything but the slow tests     make lint      style, types, stubs, hints of the Cython compiler
#   make test-slow   the minutes-long ones             make debug     the core's tests with bounds checks and invariants
#   make planted     planted faults: gates must fail   make bench     what a request costs, beside wrk (about 7 minutes)
#   make clean       everything built, .venv included
#
# PYTHON chooses the interpreter of a new .venv: make test PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEBUG_LIB := build/debug/lib

# Two processes a core: many end-to-end tests only wait.
PYTEST_OPTIONS ?= -n $(shell expr 2 \* $$(nproc)) --dist worksteal

.PHONY: demo test test-slow lint debug planted bench build clean

demo: build
	$(BIN)/ywstorm run ywmessaging --scenario spike --with-target

test: build $(VENV)/test
	$(BIN)/pytest -m "not slow" $(PYTEST_OPTIONS) --junitxml=build/pytest.xml

test-slow: build $(VENV)/test
	$(BIN)/pytest -m slow --timeout 1200 --junitxml=build/pytest-slow.xml

lint: build $(VENV)/test $(VENV)/lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest ywstorm_core --allowlist tests/stubtest-allowlist.txt --ignore-disjoint-bases
	PATH="$(abspath $(BIN)):$$PATH" cython-lint ywstorm_core
	$(BIN)/python .ci/performance_hints.py

# PYTHONPATH wins over the editable install, and `pytest` (unlike `python -m pytest`) leaves the checkout out of sys.path.
debug: build $(VENV)/test
	YWSTORM_DEBUG=1 $(BIN)/python setup.py --quiet build --build-base build/debug --build-lib $(DEBUG_LIB)
	PYTHONPATH=$(DEBUG_LIB) $(BIN)/python -P -c "import ywstorm_core.clock as c; assert 'build/debug' in c.__file__, c"
	PYTHONPATH=$(DEBUG_LIB) $(BIN)/pytest tests/core tests/property -m "not slow" $(PYTEST_OPTIONS)

planted: build $(VENV)/test
	$(BIN)/python tests/planted/run.py

bench: build
	$(BIN)/python -m benchmarks.run

# The .so files lie beside their sources; only what changed is compiled again.
build: $(VENV)/ywstorm
	@$(BIN)/python setup.py --quiet build_ext --inplace

# pip learnt `--group` in 25.1. The build needs no isolation, so that later builds use the very same Cython.
$(VENV)/build: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group build
	touch $@

$(VENV)/ywstorm: $(VENV)/build setup.py
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-build-isolation --editable ".[target]"
	touch $@

$(VENV)/test $(VENV)/lint: $(VENV)/build
	$(BIN)/python -m pip install --quiet --group $(notdir $@)
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find ywstorm ywstorm_core tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
	find ywstorm_core -name '*.so' -delete
