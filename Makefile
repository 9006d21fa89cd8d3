# All commands of people and of CI. `make` lists them.

PYTHON ?= python3
MODEL ?= model/artifact
MODEL_PYTHON ?=
PREDICT_FN ?=
QUANTIZE ?=
NAME ?=
PORT ?= 8080
EVENT ?= build/events/http_v2.json
IMAGE ?= thaw
TARGET ?= lambda
CACHE ?=
PARAMETERS ?=
STACK ?= thaw
REQUESTS ?= 1000000
MINUTES ?=

venv = .venv/bin/python
uv = .venv/bin/uv
sam = .venv-sam/bin/sam
bundle = build/bundle/manifest.json
kernel = build/kernel
# The quick tests run first and find most failures within a minute.
slow = $(addprefix tests/,test_fuzz.py test_recipes.py test_schemathesis.py test_train.py)
quick = $(filter-out $(slow),$(wildcard tests/test_*.py))
images = tests/browser tests/containers
slower = $(slow) tests/installed tests/environment tests/museum tests/compiled tests/any_model tests/getting tests/remote tests/bulk $(wildcard tests/scoring_protocol)

export SAM_CLI_TELEMETRY = 0
export MLFLOW_DISABLE_TELEMETRY = true

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo invoke setup bundle verify get prune automl train test test-quick test-slow test-images hostile flavors museum check format bench bench-image bench-web bench-s3 bench-bulk bench-peers deploy bulk cost image image-report sbom audit lock clean force

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(bundle) build/viewer ## serve the model on http://127.0.0.1:8080 (PORT=8080, MODEL=folder)
	@$(venv) -m local serve --port $(PORT)

demo: $(if $(DATA),given-TARGET) .venv/developed ## show the whole way: CSV, AutoML, registry, get, build, serve, predict (DATA=file.csv TARGET=column MINUTES=1)
	@$(venv) -m local demo $(if $(DATA),--data '$(DATA)' --target '$(TARGET)') --minutes $(or $(MINUTES),0.5)

invoke: $(bundle) ## send the model an event under Lambda's runtime client (EVENT=build/events/... or events/...)
	@$(venv) -m local invoke '$(EVENT)'

setup: .venv/developed $(kernel) ## install everything for development into .venv

bundle: $(bundle) ## build build/bundle from model/artifact and prove it (MODEL=folder, MODEL_PYTHON=3.12, PREDICT_FN=predict_proba, QUANTIZE=yes, NAME=churn)

verify: .venv/developed $(bundle) ## prove build/bundle again and send it its own example in every kind of event
	@$(venv) -m pytest --quiet tests/test_own_model.py

get: given-SOURCE .venv/developed ## copy an MLflow model to model/artifact (SOURCE="models:/name/1", with options of python -m model get)
	@$(venv) -m model get $(SOURCE)

prune: .venv/ready ## remove models' environments that nothing has used for a month (OLDER_THAN=30d)
	@$(venv) -m model environments --prune --older-than $(or $(OLDER_THAN),30d)

automl: given-DATA given-TARGET .venv/developed ## search for the best model of a CSV file (DATA=file.csv TARGET=column MINUTES=5)
	@$(venv) -m model automl '$(DATA)' --target '$(TARGET)' --minutes $(or $(MINUTES),5)

train: given-DATA .venv/developed ## train the sample fake-news model on your texts (DATA="articles.csv ...")
	@$(venv) -m model train $(DATA)

test: test-quick test-slow test-images ## run every test; without Docker or chromium, skip the tests that need it

test-quick test-slow test-images: .venv/developed .venv-sam/made $(kernel) $(bundle) build/viewer

test-quick: ## run the quick tests, which find most failures within a minute or two
	$(venv) -m pytest $(quick)

test-slow: ## run whole builds, fuzzing, AutoML and old Pythons (slower="tests/any_model ...")
	$(venv) -m pytest --numprocesses 2 --dist loadgroup $(slower)

test-images: ## run the tests of the page and of containers
	$(venv) -m pytest $(images)

hostile: .venv/developed $(kernel) $(bundle) ## attack the handler, a web service and the readers of bundles on this machine (MINUTES=15)
	@$(venv) -m bench.hostile --minutes $(or $(MINUTES),15)
	@$(venv) -m pytest --quiet tests/compiled/test_kernel.py -k sanitizers

flavors: .venv/developed $(kernel) ## build and serve a model of every flavor, which installs gigabytes (FLAVOR=prophet)
	UV_FIND_LINKS="$${UV_FIND_LINKS:-$$PIP_FIND_LINKS}" $(venv) -m pytest tests/flavors $(if $(FLAVOR),-k '$(FLAVOR)')

museum: .venv/developed $(kernel) ## build every model of tests/museum, whatever Python it was saved on
	MUSEUM=all $(venv) -m pytest tests/museum

check: .venv/developed .venv-sam/made .venv-checkov/made ## lint, formatting, types, templates, workflows
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	$(sam) validate --lint
	.venv/bin/zizmor --quiet --offline --min-severity medium .github/workflows examples/three-models/.github/workflows project/files/all/dot-github/workflows
	.venv-sam/bin/cfn-lint deploy/repository.yaml deploy/apprunner.yaml deploy/ecs-express.yaml
	.venv-checkov/bin/checkov --config-file .checkov.yaml

format: .venv/developed ## format the code and apply safe lint fixes
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

bench: .venv/developed ## compare start-up, requests, memory and rows per second with other programs (MODEL=folder)
	@$(venv) -m bench $(if $(filter-out model/artifact,$(MODEL)),--model '$(MODEL)')

bench-image: .venv/developed image $(bundle) ## measure the image, and the same in a zip, under Lambda's limits (MODEL=folder)
	@$(venv) -m bench --image $(IMAGE) $(if $(filter-out model/artifact,$(MODEL)),--model '$(MODEL)')

deploy: .venv/developed .venv-sam/made $(bundle) ## build, deploy to AWS, and send a request to the new API (STACK=thaw, PARAMETERS="Access=Public ...")
	@$(venv) -m cloud deploy-image --model '$(MODEL)' --stack $(STACK) $(PARAMETERS)

bulk: given-INPUT given-OUTPUT .venv/developed ## score a file in S3 with the stack's state machine (INPUT=s3://bucket/key OUTPUT=s3://bucket/prefix, STACK=thaw)
	@$(venv) -m cloud bulk $(INPUT) $(OUTPUT) --stack $(STACK)

cost: .venv/developed ## estimate the cost of a month (REQUESTS=1000000)
	@$(venv) -m cloud cost --requests $(REQUESTS)

bench-web: .venv/developed ## measure the web service's requests per second, next to FastAPI
	@$(venv) -m bench.web

bench-bulk: .venv/developed ## measure batches and large files
	@$(venv) -m bench.bulk

bench-peers: .venv/developed $(kernel) ## compare with other evaluators of trees, each with its error
	@$(venv) -m bench.peers

bench-s3: .venv/developed $(bundle) ## measure downloads from S3, and starts with a bundle in S3
	@$(venv) -m bench.s3

image: .venv/ready ## build an image (TARGET=lambda|distroless|web|builder, IMAGE=name, MODEL=folder, PREDICT_FN=predict_proba, QUANTIZE=yes, CACHE=folder)
	@test -f '$(MODEL)/MLmodel' || { echo 'MODEL=$(MODEL) is not an MLflow model: the file MLmodel is missing'; exit 1; }
	docker build --provenance=false --sbom=false --target $(TARGET) $$($(venv) -m images.arguments '$(MODEL)') $(if $(PREDICT_FN),--build-arg PREDICT_FN=$(PREDICT_FN)) $(if $(QUANTIZE),--build-arg QUANTIZE=yes) $(cache) \
		--build-context artifact='$(MODEL)' --tag $(IMAGE) .

image-report: .venv/developed ## build every image and print what each adds to its base
	@$(venv) -m images.report --model '$(MODEL)'

sbom: .venv-supply/made image ## build an image and list its Python packages in build/sbom.json (CycloneDX)
	@mkdir -p build
	@$(venv) -m images.sbom $(IMAGE) > build/packages.txt
	@.venv-supply/bin/cyclonedx-py requirements --output-format JSON --output-file build/sbom.json build/packages.txt
	@echo "$$(wc -l < build/packages.txt) packages in build/sbom.json"

audit: .venv-supply/made $(bundle) ## look for known vulnerabilities in the images' packages
	.venv-supply/bin/pip-audit --strict --disable-pip --no-deps --requirement build/bundle/requirements.txt
	.venv-supply/bin/pip-audit --strict --disable-pip --require-hashes $(addprefix --requirement requirements/,client.txt web.txt)

lock: .venv/developed ## pin the newest versions in requirements/
	$(call pin,dev,requirements/dev.txt)
	$(foreach group,run build client web serve network quantize bench peers kernel,$(call pin,$(group),requirements/$(group).txt,--constraints requirements/dev.txt)$(newline))
	$(foreach group,libgomp texts,$(call pin,$(group),requirements/$(group).txt,--no-deps --constraints requirements/dev.txt)$(newline))
	$(foreach group,sam supply checkov automl,$(call pin,$(group),requirements/$(group).txt)$(newline))
	$(call pin,mlserver,requirements/mlserver.txt,--constraints model/artifact/requirements.txt)
	$(call pin,viewer,requirements/viewer.txt,--no-deps)

clean: ## remove everything that these commands made
	rm -f handler/backends/compiled/*.abi3.so
	rm -rf build .aws-sam .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What a target cannot do without. TARGET is a column here, and the image's stage by default.

given-TARGET:
	@$(if $(filter file,$(origin TARGET)),$(call missing,TARGET),:)

given-%:
	@$(if $($*),:,$(call missing,$*))

missing = { echo '$(1)=... is missing: `make help` shows what it takes' >&2; exit 2; }

# CACHE keeps build steps for the next build: a folder, or a cache in buildx's syntax (type=registry,ref=...).

cache = $(if $(filter type=%,$(CACHE)),--cache-from $(CACHE) --cache-to $(CACHE)$(comma)mode=max,$(if $(CACHE), \
	--cache-from type=local$(comma)src=$(CACHE) --cache-to type=local$(comma)dest=$(CACHE)$(comma)mode=max))
comma = ,

# Environments. A stamp file is newer than the requirements that were installed.

.venv/ready: requirements/build.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "this Python is too old: use 3.11 or newer, such as make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(venv) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/build.txt
	@touch $@

.venv/developed: requirements/dev.txt .venv/ready
	$(uv) pip install --python $(venv) --require-hashes --requirement requirements/dev.txt
	@touch $@

.venv-%/made: requirements/%.txt .venv/ready
	$(uv) venv --quiet --clear --python $(venv) .venv-$*
	$(uv) pip install --quiet --python .venv-$*/bin/python --require-hashes --requirement $<
	@touch $@

# The tree evaluator in C. Without a compiler, the command says that Python evaluates trees, and succeeds.

$(kernel): $(wildcard handler/backends/compiled/*.[ch]) model/image/kernel.py .venv/ready
	@mkdir -p build
	@$(venv) -m model.image.kernel
	@touch $@

# A bundle is rebuilt when its model, or the code that builds, proves or serves it, is newer.

$(bundle): build/model .venv/ready $(wildcard handler/*.py handler/*/*.py handler/*/*/*.py model/*.py model/*/*.py model/*/*/*.py) | $(kernel)
	$(venv) -m model build --model '$(MODEL)' $(if $(MODEL_PYTHON),--python $(MODEL_PYTHON)) $(if $(NAME),--name '$(NAME)') $(if $(PREDICT_FN),--predict-fn $(PREDICT_FN)) $(if $(QUANTIZE),--quantize)

build/viewer: requirements/viewer.txt model/image/viewer.py .venv/ready
	@$(venv) -m model.image.viewer $@
	@touch $@

build/model: force
	@test -f '$(MODEL)/MLmodel' || { echo 'MODEL=$(MODEL) is not an MLflow model: the file MLmodel is missing'; exit 1; }
	@mkdir -p build
	@{ echo '$(MODEL) $(MODEL_PYTHON) $(PREDICT_FN) $(QUANTIZE) $(NAME)'; find -L '$(MODEL)' -type f -exec cksum {} + | sort; } > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

define newline


endef

pin = $(uv) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --group $(1) $(3) --output-file $(2)
