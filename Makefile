# make book    build the site in _build/html
# make serve   build it and serve it on this machine
# make pdf     build it and print the whole book into it as a PDF (needs chromium)
# make test    run every test
# make bench   time a training step beside other libraries, then measure the pages (needs chromium)
# make export  write nnlib/, the macro cells and the figures in README.md from the chapters
#
# Each sets up .venv by itself. PYTHON=... chooses another Python, PORT=... another port.

MODERN := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(MODERN)' 2>/dev/null && { echo $$p; break; }; done)
PORT ?= 8000
BIN := .venv/bin

.PHONY: book serve pdf test bench export

book: .venv/ready _build/equations.json
	@$(BIN)/jupyter-book build . --path-output . -W --keep-going -n -q
	@echo "The book is built. Open $(CURDIR)/_build/html/index.html"

serve: book
	@$(BIN)/python -m book.serve _build/html $(PORT)

pdf: book
	@$(BIN)/python -m book.pdf

# Two processes share the machine, so each gets one thread for its matrix products.
test: export OPENBLAS_NUM_THREADS = 1
test: .venv/ready $(if $(NEEDS_PEERS),.venv/peers)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m book.equations
	$(BIN)/pytest -n 2 --dist loadscope
	$(BIN)/pytest -n 2 --dist loadscope --nbval --nbval-kernel-name python3 -W default chapters

bench: book .venv/peers
	$(BIN)/python -m benchmarks.steps
	$(BIN)/python -m benchmarks.pages

# What the site shows beside each equation comes from a run of all of them.
_build/equations.json: .venv/ready $(wildcard chapters/*.ipynb book/equations/*.py book/equations/*.lark nnlib/*.py)
	@mkdir -p _build
	@$(BIN)/python -m book.equations > _build/equations.txt || { cat _build/equations.txt; exit 1; }
	@tail -n 1 _build/equations.txt

export: .venv/ready
	@$(BIN)/python -m book.export
	@$(BIN)/python -m book.macros
	@$(MAKE) --no-print-directory _build/equations.json
	@$(BIN)/python -m book.equations.record

.venv/ready: requirements.txt pyproject.toml book/constraints.txt
	@$(or $(PYTHON),false) -c '$(MODERN)' 2>/dev/null || \
		{ echo "This book needs Python 3.11 or newer, and none was found. PYTHON=... names one."; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "This Python cannot make a virtual environment (on Debian: apt install python3-venv)."; exit 1; }
	@echo "Installing pinned packages into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint book/constraints.txt --requirement requirements.txt --editable '.[book,test]'
	@touch $@

# The libraries that nnlib is compared with, several hundred megabytes.
.venv/peers: .venv/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint book/constraints.txt --editable '.[peers]'
	@touch $@
