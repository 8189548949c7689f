# make app    opens the dashboard; the bundled demonstration study is one click away
# make app HOST=0.0.0.0   lets a class in from other computers: they reach rooms only, unless people sign in; PORT=...
# make test   runs the tests; sets up everything they need, the browser included
# make quick  the fast unit tests, for work in progress: under two minutes on two cores
# make check  format, lint, types and tests
# make bench  seconds for each explanation method beside the plain packages
# make bench-batch  studies per hour of a batch with 1, 2 and 4 workers, and its coordinator on 10,000 studies
# make viewer  builds the viewer's bundle from assets/viewer/src; needs Node, which users do not
# make bench-library  ten raters at once: seconds until an answer is saved
# make bench-class  a class of thirty: seconds until a reveal has reached everybody
# make bench-viewer  first slice and steps of the viewer beside st.slider with st.image
# make bench-retrieval  milliseconds of a search among 100,000 discs
# make bench-page  seconds that a reader waits, from the first page to a full comparison
# make primer  computes what the page Teach shows of the phantom, with the released networks
# make phantom-sets  asks the released networks about the phantoms of the bundled exercises: an hour
# make repeat-error  how much grades and measurements of unchanged spines differ, for the comparison with priors: ten minutes
# make pictures  takes the screenshots of the pages that the README shows
# make report writes the report of the demonstration study into docs/report
# make docs   writes the pages of docs/ that are made from the code, and the site into build/docs; warnings are errors
# make pins   writes requirements*.txt from the ranges in pyproject.toml

SHELL := /bin/bash
PY := .venv/bin/python
export OMP_NUM_THREADS ?= 2
# Debian's packages and Python's have nothing to wait for each other.
MAKEFLAGS += $(if $(filter 0,$(MAKELEVEL)),--jobs=2)

# The newest of these that runs; a pyenv shim may be on the path and still not run.
FIND_PYTHON := for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; \
	then echo $$p; break; fi; done

# Stamps carry a checksum of what was installed, so that changed pins or a moved folder install again.
sum = $(shell cat $(1) | cksum | tr ' ' '-')
RUN := .venv/.run-$(call sum,requirements.txt)
DEV := .venv/.dev-$(call sum,requirements.txt requirements-dev.txt)
ifneq ($(shell $(PY) -c 'print(1)' 2>/dev/null),1)
BROKEN := .venv/broken
endif

# One worker per core, each with one thread; a file stays with one worker, whose fixtures are then made once.
PARALLEL := -n auto --maxprocesses=4 --dist=loadfile
# A browser and its server keep more than one core busy.
BROWSERS := -n auto --maxprocesses=2 --dist=loadfile

# On a machine that others use as well a browser or a thread can be starved: in CI what failed runs once more, alone. It
# is printed twice then; what fails again fails.
again = $(if $(filter true,$(CI)),|| OMP_NUM_THREADS=1 $(PY) -m pytest $(1) --last-failed --last-failed-no-failures none)

# Not in `make quick`: tests that train networks, need a database or an archive, drive whole pages, run commands on whole
# studies or install packages. Who works on one of these folders runs its tests.
LENGTHY := audit cli dicom_objects docs library pacs pages teaching training grading/test_read.py grading/test_outside.py \
	grading/test_series_selection.py networks/test_backend.py explanation/test_registry.py explanation/test_left_behind.py \
	explanation/test_cancel.py phantom/test_dicom.py phantom/test_render.py \
	comparison/test_compare.py comparison/reports/test_html.py test_api.py test_install.py test_rsna.py test_viewer_bundle.py

# On the command line only: some shells export HOST, and that must not open the server to the network.
ADDRESS := $(if $(filter command,$(origin HOST)),--server.address=$(HOST)) \
	$(if $(filter command,$(origin PORT)),--server.port=$(PORT))

.PHONY: app test quick check bench bench-batch bench-library bench-class bench-viewer bench-retrieval bench-page viewer primer phantom-sets repeat-error pictures report docs pins format $(BROKEN)

app: $(RUN)
	@echo "The demonstration study opens with a click, or at the address below followed by ?study=demo"
	$(PY) -m streamlit run app.py $(ADDRESS)

test: $(DEV) .venv/.services
	OMP_NUM_THREADS=1 $(PY) -m pytest --ignore=tests/browser $(PARALLEL) --durations=15 --cov --cov-report=term:skip-covered $(call again,--ignore=tests/browser)
	OMP_NUM_THREADS=1 $(PY) -m pytest tests/browser $(BROWSERS) --durations=15 $(call again,tests/browser)

quick: $(DEV)
	OMP_NUM_THREADS=1 $(PY) -m pytest --ignore=tests/browser -m "not slow" $(LENGTHY:%=--ignore=tests/%) $(PARALLEL)

check: $(DEV) .venv/.services
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy --strict spine_core
	$(MAKE) test

format: $(DEV)
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: $(DEV)
	$(PY) benchmarks/explanations.py
	$(PY) benchmarks/explanations.py --resnet50

bench-batch: $(DEV)
	$(PY) -m benchmarks.batch

bench-library: $(DEV) .venv/.services
	$(PY) -m benchmarks.library

bench-class: $(DEV) .venv/.services
	$(PY) -m benchmarks.class_room

bench-viewer: $(DEV) .venv/.services
	$(PY) -m benchmarks.viewer

bench-retrieval: $(DEV)
	$(PY) -m benchmarks.retrieval

bench-page: $(DEV) .venv/.services
	$(PY) -m benchmarks.page

viewer:
	cd assets/viewer && npm ci --no-audit --no-fund --ignore-scripts && npm run check && npm run build

primer: $(RUN)
	$(PY) -m spine_core.teaching.primer.build

phantom-sets: $(RUN)
	$(PY) -m spine_core.teaching.phantom_sets.build

repeat-error: $(RUN)
	$(PY) -m spine_core.priors.measure

pictures: $(DEV) .venv/.services
	$(PY) -m tests.browser.pictures

report: $(RUN)
	$(PY) -m docs.demonstration_report

docs: $(DEV)
	$(PY) -m spine_core.grading.rules_page > docs/what-is-read.md
	$(PY) -m docs.tables
	$(PY) -m sphinx --quiet --fail-on-warning -b html docs build/docs
	@echo "build/docs/index.html"

pins: $(DEV)
	.ci/pins

.venv/pyvenv.cfg: $(BROKEN)
	@python="$$($(FIND_PYTHON))"; \
	if [ -z "$$python" ]; then echo "SpineLens needs Python 3.11, 3.12 or 3.13; none was found." >&2; exit 1; fi; \
	if ! $$python -m venv --clear .venv; then \
		echo "Python could not make a virtual environment. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; fi

$(RUN): .venv/pyvenv.cfg
	$(PY) -m pip install --disable-pip-version-check --quiet -r requirements.txt
	@rm -f .venv/.run-* && touch $@

# The pins name everything; pip alone would fetch what pyproject.toml leaves out on purpose (override-dependencies).
$(DEV): $(RUN)
	$(PY) -m pip install --disable-pip-version-check --quiet --no-deps -r requirements-dev.txt
	@rm -f .venv/.dev-* && touch $@

.venv/.services: $(DEV) .venv/.debian
	.ci/services
	@touch $@

.venv/.debian: .venv/pyvenv.cfg
	@.ci/debian
	@touch $@
