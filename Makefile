# Needs git, make and Python 3.11 or newer. Everything else is installed into .venv, again only after pyproject.toml
# has changed. Another Python: make PYTHON=/path/to/python3 run

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
PYTHONS = $(or $(PYTHON),python3 python3.13 python3.12 python3.11)

.PHONY: help run test quick lint fmt bench reliability soak fuzz wheel docs ui clean
.DEFAULT_GOAL := help

help:
	@echo "make run     one machine with everything: a phone, the server and the flows in flows/"
	@echo "make test    all checks: lint, then every test"
	@echo "make quick   the tests that take seconds"
	@echo "make lint    ruff, mypy and the import rules"
	@echo "make fmt     the one layout for the Python code"
	@echo "make bench   how fast it is, beside what it should be"
	@echo "make reliability  what is killed, cut off and attacked, and what comes of it: docs/reliability.md"
	@echo "make soak    half an hour of calls in both directions, and what the server holds meanwhile"
	@echo "make fuzz    looks for flow files and webhooks that break it: a minute each, or FOR=3600"
	@echo "make wheel   the package, with what a turn runs through compiled for this machine, in dist/"
	@echo "make docs    the pages that are made from the program: verbs and findings"
	@echo "make ui      the web phone, built from flowengine/web/ui/"
	@echo "make clean   remove what can be made again, but for $(VENV)"

run: $(VENV)/.runtime
	@exec $(BIN)/flowengine dev flows $(ARGS)

# Real processes, browsers and phones share the machine with the tests: one that lost a race is run again, and told so.
test: lint $(VENV)/.redis $(VENV)/.chromium $(VENV)/.proxies $(VENV)/.compiler
	@$(BIN)/pytest -q --numprocesses auto --dist worksteal $(ARGS) || { \
		echo "What failed is run once more, alone: it may have lost a race for the machine."; \
		$(BIN)/pytest -q --last-failed --last-failed-no-failures none $(ARGS); }

quick: $(VENV)/.dev $(VENV)/.redis $(VENV)/.chromium $(VENV)/.proxies
	@$(BIN)/pytest -q --numprocesses auto --dist worksteal -m "not slow" $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

fmt: $(VENV)/.dev
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

bench: $(VENV)/.bench $(VENV)/.redis
	@$(BIN)/python -m tests.benchmarks $(ARGS)

# SIZE=full runs as much of each as the report is held to, in two hours.
reliability: $(VENV)/.dev $(VENV)/.redis
	@SIZE=$(SIZE) $(BIN)/python -m tests.reliability $(ARGS)

soak: $(VENV)/.dev
	@SIZE=full $(BIN)/python -m tests.reliability --only soak

FOR := 60
fuzz: $(VENV)/.fuzz
	@for what in flows webhooks; do $(BIN)/python -m tests.fuzz $$what $(FOR) || exit 1; done

# The wheel is made from the source distribution, in a folder of its own: compiled modules within a checkout would be
# imported in place of what is edited there.
wheel: $(VENV)/.dev $(VENV)/.compiler
	@echo "Building the compiled wheel; that takes about two minutes."
	@HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m build --no-isolation --outdir dist .
	@echo "Both are in dist/. The wheel is for $$($(BIN)/python --version) on machines like this one."

docs: $(VENV)/.dev
	@$(BIN)/python docs/generate.py

# Node and npm come with the development tools.
ui: $(VENV)/.dev
	@cd flowengine/web/ui && export PATH="$(abspath $(BIN)):$$PATH" && npm ci --silent --no-audit --no-fund && npm run --silent build

clean:
	@rm -rf build dist htmlcov .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

# pip is what venv makes last: a folder without it is a half-made one, and is made again.
$(BIN)/pip:
	@for python in $(PYTHONS); do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "Making $(VENV) with $$($$python --version)."; \
	        exec $$python -m venv --clear $(VENV); \
	    fi; \
	done; \
	echo "Python 3.11 or newer is needed and none was found among: $(PYTHONS)." >&2; \
	echo "Name one: make PYTHON=/path/to/python3" >&2; \
	exit 1

$(VENV)/.runtime: pyproject.toml | $(BIN)/pip
	@echo "Installing Flowengine into $(VENV); the first time takes a minute."
	@$(PIP) install --editable '.[speech,web]'
	@touch $@

# After the runtime, so that two goals of one `make -j` do not install into the same folder at once.
$(VENV)/.dev: pyproject.toml | $(VENV)/.runtime
	@echo "Installing the development tools into $(VENV)."
	@$(PIP) install --editable '.[dev]'
	@touch $@

$(VENV)/.bench: pyproject.toml | $(VENV)/.dev
	@echo "Installing what the benchmarks compare with."
	@if $(PIP) install --editable '.[bench]'; then touch $@; else echo "What is missing is left out."; fi

$(VENV)/.fuzz: pyproject.toml | $(VENV)/.dev
	@echo "Installing the fuzzer."
	@$(PIP) install --editable '.[fuzz]'
	@touch $@

# Stores are tested against a real Redis. Where there is none and it may be installed, it is; else its tests say so.
$(VENV)/.redis: | $(VENV)/.dev
	@command -v redis-server >/dev/null || command -v valkey-server >/dev/null || { \
	    echo "Installing redis-server for the tests."; \
	    as_root=$$(test "$$(id -u)" = 0 || echo "sudo -n"); \
	    $$as_root apt-get -qq update && $$as_root apt-get -qq -y install redis-server >/dev/null; \
	} || { echo "The tests need redis-server or valkey-server, and it could not be installed." >&2; exit 0; }
	@if command -v redis-server >/dev/null || command -v valkey-server >/dev/null; then touch $@; fi

# The web phone is tested in a real browser, the system's own.
$(VENV)/.chromium: | $(VENV)/.dev
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	    echo "Installing Chromium for the tests."; \
	    as_root=$$(test "$$(id -u)" = 0 || echo "sudo -n"); \
	    $$as_root apt-get -qq update && $$as_root apt-get -qq -y install --no-install-recommends chromium >/dev/null; \
	} || { echo "The tests of the web phone need Chromium, and it could not be installed." >&2; exit 1; }
	@touch $@

# The configurations that the operations page gives are tested with the proxies themselves.
$(VENV)/.proxies: | $(VENV)/.dev
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin"; command -v nginx >/dev/null && command -v haproxy >/dev/null || { \
	    echo "Installing nginx and haproxy for the tests."; \
	    as_root=$$(test "$$(id -u)" = 0 || echo "sudo -n"); \
	    $$as_root apt-get -qq update && \
	    $$as_root apt-get -qq -y install --no-install-recommends nginx-light haproxy >/dev/null; \
	} || { echo "The tests of deployments need nginx and haproxy, and they could not be installed." >&2; exit 1; }
	@touch $@

# The compiled wheel is made with the C compiler that Python was made with, or with $CC, and with the headers of Python.
INCLUDE = $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')
COMPILES = cc=$${CC:-$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_config_var("CC"))')}; \
    echo '\#include <Python.h>' | $$cc -I"$(INCLUDE)" -fsyntax-only -x c - 2>/dev/null
$(VENV)/.compiler: | $(VENV)/.dev
	@{ $(COMPILES); } || { \
	    echo "Installing a C compiler for the compiled wheel."; \
	    as_root=$$(test "$$(id -u)" = 0 || echo "sudo -n"); \
	    headers=$$(test -f "$(INCLUDE)/Python.h" || $(BIN)/python -c 'import sys; print("python%d.%d-dev" % sys.version_info[:2])'); \
	    $$as_root apt-get -qq update && \
	    $$as_root apt-get -qq -y install --no-install-recommends gcc libc6-dev $$headers >/dev/null && { $(COMPILES); }; \
	} || { echo "The compiled wheel needs a C compiler and the headers of Python, and they could not be installed:" >&2; \
	       echo "gcc, and python3-dev where Python comes from the system." >&2; exit 1; }
	@touch $@
