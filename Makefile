# make check     what takes seconds: form, library, equations, quick tests
# make test      what to run before a commit: make check, every notebook, the site
# make test-all  every test
# make book      build the site in _build/html
# make python    what runs in the reader's browser, once; make book does it too
# make serve     build it and serve it on this machine
# make pdf       build it and print the whole book into it as a PDF (needs chromium)
# make bench     time a training step beside other libraries, then measure the pages (needs chromium)
# make export    write nnlib/ and the figures in README.md from the chapters
# make pins      resolve every version anew, write book/constraints.txt, and run the tests
#
# Each sets up .venv by itself. PYTHON=... chooses another Python, PORT=... another port.

MODERN := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(MODERN)' 2>/dev/null && { echo $$p; break; }; done)
PORT ?= 8000
BIN := .venv/bin

.PHONY: book python serve pdf form check test test-all bench export pins

book: .venv/ready _build/equations.json python
	@$(BIN)/jupyter-book build . --path-output . -W --keep-going -n -q
	@echo "The book is built. Open $(CURDIR)/_build/html/index.html"

# Without a source of its files the site is built without Python in its pages.
python: _build/python/pyodide-lock.json

_build/python/pyodide-lock.json: book/assemble.py book/live/package-lock.json book/live/editor.js | .venv/ready
	@$(BIN)/python -m book.assemble

serve: book
	@$(BIN)/python -m book.serve _build/html $(PORT)

pdf: book
	@$(BIN)/python -m book.pdf

# Two processes share the machine, so each gets one thread for its matrix products.
check test test-all: export OPENBLAS_NUM_THREADS = 1
PYTEST := $(BIN)/pytest -n 2 --dist loadscope -q
NOTEBOOKS := $(PYTEST) --nbval --nbval-kernel-name python3 --nbval-sanitize-with tests/nbval.cfg -W default chapters

form: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m book.export --check

check: form
	$(MAKE) --no-print-directory _build/equations.json
	$(PYTEST) -m "not site and not slow" tests

test: check python
	$(NOTEBOOKS)
	$(PYTEST) -m "site and not slow" tests
	$(PYTEST) texecute

test-all: form python $(if $(NEEDS_PEERS),.venv/peers)
	$(BIN)/python -m book.equations
	$(BIN)/pytest -n 2 --dist loadscope
	$(NOTEBOOKS)

bench: book .venv/peers
	$(BIN)/python -m benchmarks.steps
	$(BIN)/python -m benchmarks.pages

# What the site shows beside each equation comes from a run of all of them.
_build/equations.json: .venv/ready texecute.toml $(wildcard chapters/*.ipynb book/notation.toml book/equations.py book/held.py texecute/*.py nnlib/*.py)
	@mkdir -p _build
	@$(BIN)/python -m book.equations > _build/equations.txt || { cat _build/equations.txt; exit 1; }
	@tail -n 1 _build/equations.txt

export: .venv/ready
	@$(BIN)/python -m book.export
	@$(MAKE) --no-print-directory _build/equations.json
	@$(BIN)/python -m book.equations --readme

.venv/ready: requirements.txt pyproject.toml texecute/pyproject.toml book/constraints.txt
	@test -n "$(PYTHON)" || \
		{ echo "This book needs Python 3.11 or newer, and none was found. PYTHON=... names one."; exit 1; }
	@$(PYTHON) -c '$(MODERN)' 2>/dev/null || \
		{ echo "This book needs Python 3.11 or newer. $(PYTHON) is $$($(PYTHON) --version 2>&1); PYTHON=... names another."; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "This Python cannot make a virtual environment (on Debian: apt install python3-venv)."; exit 1; }
	@echo "Installing pinned packages into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint book/constraints.txt --requirement requirements.txt --editable '.[book,test]' --editable ./texecute
	@touch $@

# The libraries that nnlib is compared with, several hundred megabytes.
.venv/peers: .venv/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint book/constraints.txt --editable '.[peers]'
	@touch $@

# Versions as they are newest now, written down, and what they break.
pins:
	@rm -rf _build/pins && $(PYTHON) -m venv _build/pins
	@_build/pins/bin/python -m pip install --quiet --disable-pip-version-check \
		--requirement requirements.txt --editable '.[book,test,peers,mutants]' --editable ./texecute
	@_build/pins/bin/python -m book.pins
	@$(MAKE) --no-print-directory test-all
