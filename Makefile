# Every command a person or CI needs. `make` alone lists them.

PYTHON ?= python3
MODEL ?= model/artifact
MODEL_PYTHON ?=
PORT ?= 8080
EVENT ?= events/http_v2.json
IMAGE ?= thaw

venv = .venv/bin/python
uv = .venv/bin/uv
sam = .venv-sam/bin/sam
bundle = build/bundle/manifest.json
kernel = build/kernel
# Quick ones first: they say within a minute what is broken.
slow = $(addprefix tests/,test_fuzz.py test_schemathesis.py test_train.py)
quick = $(filter-out $(slow),$(wildcard tests/test_*.py))
slower = $(slow) tests/compiled tests/any_model $(wildcard tests/scoring_protocol)

export SAM_CLI_TELEMETRY = 0
export MLFLOW_DISABLE_TELEMETRY = true

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run invoke setup bundle train test check format bench bench-image image lock clean force

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(bundle) build/viewer ## serve the model on http://127.0.0.1:8080 (PORT=..., MODEL=...)
	@$(venv) -m local serve --port $(PORT)

invoke: $(bundle) ## answer one event with Lambda's own runtime client (EVENT=events/...)
	@$(venv) -m local invoke $(EVENT)

setup: .venv/developed $(kernel) ## make .venv with everything for development

bundle: $(bundle) ## build and prove build/bundle from model/artifact (MODEL=..., MODEL_PYTHON=...)

train: .venv/developed ## train the fake-news model anew (DATA="articles.csv ...")
	@$(venv) -m model train $(DATA)

test: .venv/developed .venv-sam/made $(kernel) $(bundle) build/viewer ## run every test; those that need Docker or chromium run where there is one
	$(venv) -m pytest $(quick)
	$(venv) -m pytest --numprocesses 2 $(slower)
	$(venv) -m pytest tests/browser tests/containers

check: .venv/developed .venv-sam/made ## lint, formatting, types, the template
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	$(sam) validate --lint

format: .venv/developed ## put the code into the one form
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

bench: .venv/developed ## measure cold start, requests, memory and rows a second side by side (MODEL=...)
	@$(venv) -m bench $(if $(filter-out model/artifact,$(MODEL)),--model $(MODEL))

bench-image: .venv/developed image ## measure the image under Lambda's limits (MODEL=...)
	@$(venv) -m bench --image $(IMAGE) $(if $(filter-out model/artifact,$(MODEL)),--model $(MODEL))

image: ## build the image for Lambda from model/artifact (IMAGE=name, MODEL=...)
	docker build --provenance=false --sbom=false --build-context artifact=$(MODEL) --tag $(IMAGE) .

lock: .venv/developed ## pin the newest versions into requirements*.txt
	$(call pin,dev,requirements.txt)
	$(foreach group,run build serve bench kernel,$(call pin,$(group),requirements-$(group).txt,--constraints requirements.txt)$(newline))
	$(call pin,libgomp,requirements-libgomp.txt,--no-deps --constraints requirements.txt)
	$(call pin,sam,requirements-sam.txt)
	$(call pin,viewer,requirements-viewer.txt,--no-deps)

clean: ## remove what was made here
	rm -f handler/backends/compiled/*.abi3.so
	rm -rf build .aws-sam .venv .venv-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Environments. A stamp is newer than what was installed from.

.venv/ready: requirements-build.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(venv) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-build.txt
	@touch $@

.venv/developed: requirements.txt .venv/ready
	$(uv) pip install --python $(venv) --require-hashes --requirement requirements.txt
	@touch $@

.venv-sam/made: requirements-sam.txt .venv/ready
	$(uv) venv --quiet --clear --python $(venv) .venv-sam
	$(uv) pip install --quiet --python .venv-sam/bin/python --require-hashes --requirement requirements-sam.txt
	@touch $@

# What evaluates trees in C. Without a compiler, a line says that Python does; neither is an error.

$(kernel): handler/backends/compiled/_trees.c handler/backends/compiled/abi3.h model/kernel.py .venv/ready
	@mkdir -p build
	@$(venv) -m model.kernel
	@touch $@

# A bundle is built again when its model, or the code that builds, proves or serves it, is newer.

$(bundle): build/model .venv/ready $(wildcard $(MODEL)/* handler/*.py handler/*/*.py handler/*/*/*.py model/*.py model/*/*.py) | $(kernel)
	$(venv) -m model build --model $(MODEL) $(if $(MODEL_PYTHON),--python $(MODEL_PYTHON))

build/viewer: requirements-viewer.txt model/viewer.py .venv/ready
	@$(venv) -m model.viewer $@
	@touch $@

build/model: force
	@mkdir -p build
	@echo '$(MODEL) $(MODEL_PYTHON)' | cmp -s - $@ || echo '$(MODEL) $(MODEL_PYTHON)' > $@

define newline


endef

pin = $(uv) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --group $(1) $(3) --output-file $(2)
