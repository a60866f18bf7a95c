# Everyday commands: `make help`. With another Python: `make PYTHON=python3.13 test`.
PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
# Stamps: the environment of this Python is made; what Cygnet needs is in it; what the tests need is in it.
MADE := $(VENV)/made-$(VERSION)
READY := $(VENV)/ready-$(VERSION)
TESTABLE := $(VENV)/testable-$(VERSION)

# What make starts ends also when make is killed.
TIED := $(shell command -v setpriv >/dev/null && echo setpriv --pdeathsig TERM)
PIP := $(TIED) $(BIN)/python -m pip install -qq --disable-pip-version-check

# $(call debian,PACKAGES) installs those that are missing, as root on Debian; others are told what to install.
debian = @if command -v apt-get >/dev/null; then \
	missing=$$(for name in $(1); do dpkg -s $$name >/dev/null 2>&1 || printf ' %s' $$name; done); \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" != 0 ]; then echo "Debian packages are missing: sudo apt install$$missing"; exit 1; \
	else echo "Installing the Debian packages$$missing…"; \
	said=$$( (apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	apt-get -qqy --no-install-recommends install$$missing) 2>&1) || { echo "$$said"; exit 1; }; fi; fi

.PHONY: help demo test lint bench pictures clean

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

demo: $(READY) ## a private HTCondor pool and Rucio server with examples, and the page on them; Ctrl-C ends it all
	@exec $(TIED) $(BIN)/cygnet demo $(ARGS)

test: lint ## check style and types, then run all tests with coverage (ARGS go to pytest)
	$(call debian,chromium fonts-dejavu-core libatomic1 node-configurable-http-proxy) # the last two: playwright, a hub
ifeq ($(ARGS),)
	@# The pure ones on two cores; those that have engines and browsers, and measure time, one after the other.
	@$(TIED) $(BIN)/python -m pytest --numprocesses 2 --cov --cov-report= tests/unit
	@$(TIED) $(BIN)/python -m pytest --cov --cov-append --cov-report=term tests/integration tests/browser
else
	@$(TIED) $(BIN)/python -m pytest --cov --cov-report=term $(ARGS)
endif

lint: $(TESTABLE) ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(TESTABLE) ## measure speed beside HTCondor's own tools, half an hour (ARGS="-k tick": one part; "--jobs 1000")
	$(call debian,chromium fonts-dejavu-core)
	@exec $(TIED) $(BIN)/python -m tests.benchmarks $(ARGS)

pictures: $(TESTABLE) ## take the README's pictures from a running demo (ARGS: its address)
	@$(BIN)/python -m tests.browser.pictures $(ARGS)

clean: ## remove what was made in this checkout (a sandbox's state stays: cygnet demo --fresh forgets it)
	rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(MADE):
	@if [ -z "$(VERSION)" ]; then echo "$(PYTHON) does not run: install Python 3.11 or later, or name one with PYTHON=…"; exit 1; fi
	$(if $(shell $(PYTHON) -c 'import ensurepip, venv' 2>&1),$(call debian,python$(VERSION)-venv))
	@echo "Making the virtual environment $(VENV) with Python $(VERSION)…"
	@$(TIED) $(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(READY): $(MADE) pyproject.toml
	@echo "Installing Cygnet and the packages it needs in $(VENV) (once, a minute or two)…"
	@$(PIP) --editable .
	@touch $@

$(TESTABLE): $(MADE) pyproject.toml
	@echo "Installing Cygnet and what its tests need in $(VENV) (once, a minute or two)…"
	@$(PIP) --editable '.[test]'
	@touch $(READY) $@
