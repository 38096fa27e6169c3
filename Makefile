# make help says what is here. PYTHON=/path/to/python chooses the interpreter (3.11 or later).

SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
PIP   := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
CODE  := bridge tests $(wildcard benchmarks)
UV    ?= uv
export PYTHON

.PHONY: help install demo demo-fast test test-jack test-hil test-din test-kills slow bench lint lock clean

help:  ## say what each target does
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

install: $(VENV)/.installed  ## make .venv with everything pinned, and midi-bridge in it

demo: install  ## play the demo in real time (about a minute) and leave it in demo/
	@$(BIN)/midi-bridge demo --out demo

demo-fast: install  ## the same demo on a clock turned by hand, in seconds
	@$(BIN)/midi-bridge demo --fast --out demo

test: install lint  ## lint, then every test that takes no minutes
	$(BIN)/pytest -n 2

test-jack: install  ## the JACK port on a real server with its dummy driver (installs jackd2 where it may)
	@command -v jackd >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	    && DEBIAN_FRONTEND=noninteractive timeout 120 apt-get install -y -qq jackd2 >/dev/null 2>&1; } || true
	$(BIN)/pytest -m real tests/real/test_jack.py

test-hil: install  ## real ALSA, USB and power cuts in a virtual machine (MIDI_BRIDGE_HIL names its kit)
	$(BIN)/pytest -m real tests/real/test_alsa.py tests/real/test_unplug.py tests/real/test_power.py

test-din: install  ## notes behind floods of controllers on a 5-pin wire, a pseudo-terminal, through play
	$(BIN)/pytest -s -m real tests/real/test_din.py

test-kills: install  ## host and engine killed while they play, on serial lines, JACK and ALSA; KILLS=50 does it so often
	$(BIN)/pytest -s -m real tests/real/test_kills.py

slow: install  ## the tests that take minutes
	$(BIN)/pytest -n 2 -m slow -o timeout=3600 --hypothesis-profile=slow

bench: install  ## measure, beside mido in the same run
	$(BIN)/python -m benchmarks

lint: install  ## format, rules, types, import contract
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo

lock:  ## write requirements.lock anew (needs uv)
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	    --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --no-config --quiet --upgrade -o requirements.lock

clean:  ## remove .venv, caches and what the demo left
	rm -rf $(VENV) demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find bridge tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# Two stamps, so that a change of pyproject.toml does not fetch the pins again.
$(VENV)/.installed: $(VENV)/.pinned pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.pinned: requirements.lock
	@usable() { "$$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; \
	for python in $${PYTHON:-python3.12 python3.11 python3 python}; do usable "$$python" && break; python=; done; \
	if [ -z "$$python" ]; then \
	    echo "midi-bridge needs Python 3.11 or later with its venv module; PYTHON=/path/to/python names one" >&2; exit 1; \
	fi; \
	echo "setting up $(VENV) with $$("$$python" --version): this takes about a minute, once"; \
	"$$python" -m venv --clear $(VENV)
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@
