# Every command a person or CI needs. `make` alone lists them.

PYTHON ?= python3
MODEL ?= model/artifact
MODEL_PYTHON ?=
PORT ?= 8080
EVENT ?= events/http_v2.json
IMAGE ?= thaw
TARGET ?= lambda
CACHE ?=
PARAMETERS ?=
STACK ?= thaw
REQUESTS ?= 1000000
MINUTES ?= 5

venv = .venv/bin/python
uv = .venv/bin/uv
sam = .venv-sam/bin/sam
bundle = build/bundle/manifest.json
kernel = build/kernel
# Quick ones first: they say within a minute what is broken.
slow = $(addprefix tests/,test_fuzz.py test_schemathesis.py test_train.py)
quick = $(filter-out $(slow),$(wildcard tests/test_*.py))
slower = $(slow) tests/compiled tests/any_model tests/getting tests/remote tests/bulk $(wildcard tests/scoring_protocol)

export SAM_CLI_TELEMETRY = 0
export MLFLOW_DISABLE_TELEMETRY = true

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo invoke setup bundle get automl train test check format bench bench-image bench-web bench-s3 bench-bulk deploy bulk cost image image-report sbom audit lock clean force

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(bundle) build/viewer ## serve the model on http://127.0.0.1:8080 (PORT=..., MODEL=...)
	@$(venv) -m local serve --port $(PORT)

demo: .venv/developed ## walk the whole way: CSV, AutoML, registry, get, build, serve, predict (DATA=file.csv TARGET=column MINUTES=1)
	@$(venv) -m local demo $(if $(DATA),--data $(DATA) --target '$(TARGET)') --minutes $(or $(filter-out 5,$(MINUTES)),0.5)

invoke: $(bundle) ## answer one event with Lambda's own runtime client (EVENT=events/...)
	@$(venv) -m local invoke $(EVENT)

setup: .venv/developed $(kernel) ## make .venv with everything for development

bundle: $(bundle) ## build and prove build/bundle from model/artifact (MODEL=..., MODEL_PYTHON=...)

get: .venv/developed ## bring an MLflow model to model/artifact (SOURCE="models:/name/1", and options of python -m model get)
	@$(venv) -m model get $(SOURCE)

automl: .venv/developed ## search for the best model of a CSV file (DATA=file.csv TARGET=column MINUTES=5)
	@$(venv) -m model automl $(DATA) --target '$(TARGET)' --minutes $(MINUTES)

train: .venv/developed ## train the fake-news model anew (DATA="articles.csv ...")
	@$(venv) -m model train $(DATA)

test: .venv/developed .venv-sam/made $(kernel) $(bundle) build/viewer ## run every test; those that need Docker or chromium run where there is one
	$(venv) -m pytest $(quick)
	$(venv) -m pytest --numprocesses 2 $(slower)
	$(venv) -m pytest tests/browser tests/containers

check: .venv/developed .venv-sam/made .venv-checkov/made ## lint, formatting, types, templates, workflows
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	$(sam) validate --lint
	.venv/bin/zizmor --quiet --offline --min-severity medium .github/workflows
	.venv-sam/bin/cfn-lint deploy/repository.yaml deploy/apprunner.yaml deploy/ecs-express.yaml
	.venv-checkov/bin/checkov --config-file .checkov.yaml

format: .venv/developed ## put the code into the one form
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

bench: .venv/developed ## measure cold start, requests, memory and rows a second side by side (MODEL=...)
	@$(venv) -m bench $(if $(filter-out model/artifact,$(MODEL)),--model $(MODEL))

bench-image: .venv/developed image ## measure the image under Lambda's limits (MODEL=...)
	@$(venv) -m bench --image $(IMAGE) $(if $(filter-out model/artifact,$(MODEL)),--model $(MODEL))

deploy: .venv/developed .venv-sam/made $(bundle) ## build, deploy to AWS, and ask what was deployed (STACK=thaw, PARAMETERS="Access=Public ...")
	@$(venv) -m cloud deploy --stack $(STACK) $(PARAMETERS)

bulk: .venv/developed ## score a file in S3 with the stack's state machine (INPUT=s3://bucket/key OUTPUT=s3://bucket/prefix, STACK=thaw)
	@$(venv) -m cloud bulk $(INPUT) $(OUTPUT) --stack $(STACK)

cost: .venv/developed ## estimate a month's cost (REQUESTS=1000000)
	@$(venv) -m cloud cost --requests $(REQUESTS)

bench-web: .venv/developed ## measure requests a second of the web service beside FastAPI's
	@$(venv) -m bench.web

bench-bulk: .venv/developed ## measure batches and files of many rows
	@$(venv) -m bench.bulk

bench-s3: .venv/developed $(bundle) ## measure getting models and starting with a bundle from S3
	@$(venv) -m bench.s3

image: .venv/ready ## build an image (TARGET=lambda|distroless|web|builder, IMAGE=name, MODEL=..., CACHE=folder)
	@test -f '$(MODEL)/MLmodel' || { echo 'MODEL=$(MODEL) is no MLflow model: it has no MLmodel'; exit 1; }
	docker build --provenance=false --sbom=false --target $(TARGET) $$($(venv) -m images.labels $(MODEL)) $(cache) \
		--build-context artifact=$(MODEL) --tag $(IMAGE) .

image-report: .venv/developed ## build every image, and say what each adds to its base
	@$(venv) -m images.report --model $(MODEL)

sbom: .venv-supply/made image ## build an image and list its Python packages in build/sbom.json (CycloneDX)
	@mkdir -p build
	@$(venv) -m images.sbom $(IMAGE) > build/packages.txt
	@.venv-supply/bin/cyclonedx-py requirements --output-format JSON --output-file build/sbom.json build/packages.txt
	@echo "$$(wc -l < build/packages.txt) packages in build/sbom.json"

audit: .venv-supply/made $(bundle) ## look for known vulnerabilities of what images are made of
	.venv-supply/bin/pip-audit --strict --disable-pip --no-deps --requirement build/bundle/requirements.txt
	.venv-supply/bin/pip-audit --strict --disable-pip --require-hashes $(addprefix --requirement requirements-,client.txt web.txt)

lock: .venv/developed ## pin the newest versions into requirements*.txt
	$(call pin,dev,requirements.txt)
	$(foreach group,run build client web serve bench kernel,$(call pin,$(group),requirements-$(group).txt,--constraints requirements.txt)$(newline))
	$(call pin,libgomp,requirements-libgomp.txt,--no-deps --constraints requirements.txt)
	$(foreach group,sam supply checkov automl,$(call pin,$(group),requirements-$(group).txt)$(newline))
	$(call pin,viewer,requirements-viewer.txt,--no-deps)

clean: ## remove what was made here
	rm -f handler/backends/compiled/*.abi3.so
	rm -rf build .aws-sam .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What is built is kept in CACHE for the next build, a folder or another place in buildx's words (type=registry,ref=...).

cache = $(if $(filter type=%,$(CACHE)),--cache-from $(CACHE) --cache-to $(CACHE)$(comma)mode=max,$(if $(CACHE), \
	--cache-from type=local$(comma)src=$(CACHE) --cache-to type=local$(comma)dest=$(CACHE)$(comma)mode=max))
comma = ,

# Environments. A stamp is newer than what was installed from.

.venv/ready: requirements-build.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(venv) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-build.txt
	@touch $@

.venv/developed: requirements.txt .venv/ready
	$(uv) pip install --python $(venv) --require-hashes --requirement requirements.txt
	@touch $@

.venv-%/made: requirements-%.txt .venv/ready
	$(uv) venv --quiet --clear --python $(venv) .venv-$*
	$(uv) pip install --quiet --python .venv-$*/bin/python --require-hashes --requirement $<
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
