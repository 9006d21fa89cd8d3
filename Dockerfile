# The image for Lambda:
#   docker build --provenance=false --sbom=false -t thaw .
# Lambda rejects images with attestations, hence the two flags. More options:
#   --target distroless                for Lambda too, on a base without shell or package manager
#   --target web                       an HTTP service on port 8080, on that base
#   --target builder                   what the other images are made in, to inspect or to keep
#   --build-context artifact=FOLDER    the MLflow model in FOLDER instead of model/artifact
#   --build-arg MODEL_PYTHON=3.8       the Python that the model was saved on; the build stops where this is wrong
#   --build-arg PYTHON_VERSION=3.12    the Python that serves; a pickled custom model needs the one it was saved on
#   --build-arg BACKEND=native         a backend other than the fastest
#   --build-arg PREDICT_FN=predict_proba     another method of the model
#   --build-arg QUANTIZE=yes                 a network's weights in 8 bits
#   --build-arg NAME=churn                       the model's name in URLs and descriptions
#   --build-arg BUILD_OPTIONS="--rows 100"   more options of `python -m model build`
#   --build-arg BACKEND=remote --build-arg URL=https://host/invocations     a model behind an endpoint
#   --build-arg SYSTEM_PACKAGES=libsndfile   packages of Amazon Linux that the model's libraries need; libgomp is added
#   --build-arg DEBIAN_PACKAGES=libsndfile1  the same packages, by Debian's names, where MLflow is asked
#   --secret id=pip.conf,src=FILE      a private index for pip
#   --secret id=uv.toml,src=FILE       the same for uv, which does not read pip.conf

ARG PYTHON_VERSION=3.13
ARG MODEL_PYTHON=3.11

FROM scratch AS artifact
COPY model/artifact /


FROM public.ecr.aws/lambda/python:${PYTHON_VERSION} AS base
ARG SYSTEM_PACKAGES
RUN [ -z "$SYSTEM_PACKAGES" ] || { microdnf install -y $SYSTEM_PACKAGES && microdnf clean all; }


# The tools that build a bundle.
FROM base AS tools
WORKDIR /thaw
# The cache is on another file system, and uv cannot link across file systems.
ENV UV_LINK_MODE=copy
COPY requirements/build.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    python -m pip install --require-hashes --requirement requirements/build.txt


# The evaluator of trees in C, compiled for the image's processor.
FROM tools AS kernel
COPY requirements/kernel.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    python -m pip install --require-hashes --requirement requirements/kernel.txt
COPY model/__init__.py model/errors.py model/
COPY model/image/__init__.py model/image/kernel.py model/image/
COPY handler/backends/compiled/*.c handler/backends/compiled/*.h handler/backends/compiled/
RUN python -m model.image.kernel && test -e handler/backends/compiled/_trees.abi3.so


# The files that decide which packages the model needs. A change to other files of the model keeps the installed packages.
FROM tools AS needs
COPY model/__init__.py model/cache_folder.py model/errors.py model/mlmodel.py model/pickles.py model/process.py model/work_folder.py model/
COPY model/environment model/environment
COPY model/image model/image
COPY handler handler
ARG MODEL_PYTHON
ARG BACKEND=auto
RUN --mount=type=bind,from=artifact,target=/thaw/artifact \
    python -m model.image.needs artifact needs --python "$MODEL_PYTHON" --backend "$BACKEND"


# MLflow's answers and the model's exports, from the Python and the packages that the model was saved with. Debian's
# own python3 runs the tool; the next stages copy only the recorded files.
FROM python:${MODEL_PYTHON}-slim AS reference
ARG DEBIAN_PACKAGES
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends git libgomp1 python3 python3-venv $DEBIAN_PACKAGES \
    && rm -rf /var/lib/apt/lists/* \
    && /usr/bin/python3 -m venv /opt/tools
WORKDIR /thaw
ENV UV_LINK_MODE=copy
COPY requirements/build.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    /opt/tools/bin/python -m pip install --require-hashes --requirement requirements/build.txt
COPY requirements/run.txt requirements/
COPY model/*.py model/
COPY model/environment model/environment
COPY model/image model/image
COPY --from=needs /thaw/needs artifact/
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=uv.toml,target=/root/.config/uv/uv.toml \
    /opt/tools/bin/python -m model.image.install artifact /usr/local/bin/python
COPY --from=artifact / artifact/
COPY model/build model/build
COPY model/child model/child
COPY model/commands model/commands
COPY model/exporters model/exporters
COPY model/openapi model/openapi
COPY model/tracing model/tracing
COPY model/writers model/writers
COPY handler handler
ARG BACKEND=auto
ARG PREDICT_FN
ARG QUANTIZE
ARG BUILD_OPTIONS
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=uv.toml,target=/root/.config/uv/uv.toml \
    if [ "$BACKEND" = remote ]; then mkdir /reference; else \
    /opt/tools/bin/python -m model build --model artifact --record /reference --python /usr/local/bin/python \
    --backend "$BACKEND" ${PREDICT_FN:+--predict-fn "$PREDICT_FN"} ${QUANTIZE:+--quantize} $BUILD_OPTIONS; fi


# The bundle, proved against those answers under the Python that serves it.
FROM tools AS builder
COPY requirements/run.txt requirements/network.txt requirements/texts.txt requirements/quantize.txt requirements/libgomp.txt requirements/
COPY model/*.py model/
COPY model/environment model/environment
COPY model/image model/image
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=uv.toml,target=/root/.config/uv/uv.toml \
    mkdir -p ${LAMBDA_TASK_ROOT}/lib \
    && python -m model.image.libgomp ${LAMBDA_TASK_ROOT}/lib
COPY --from=artifact / artifact/
COPY model/build model/build
COPY model/child model/child
COPY model/commands model/commands
COPY model/openapi model/openapi
COPY handler handler
COPY --from=kernel /thaw/handler handler/
COPY --from=reference /reference /reference/
ARG BACKEND=auto
ARG URL
ARG PREDICT_FN
ARG QUANTIZE
ARG NAME
ARG BUILD_OPTIONS
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=uv.toml,target=/root/.config/uv/uv.toml \
    if [ "$BACKEND" = remote ]; then python -m model build --model artifact --bundle bundle --backend remote --url "$URL"; else \
    python -m model build --model artifact --bundle bundle --reference /reference --handler-python "$(command -v python)" \
    --backend "$BACKEND" ${PREDICT_FN:+--predict-fn "$PREDICT_FN"} ${QUANTIZE:+--quantize} ${NAME:+--name "$NAME"} $BUILD_OPTIONS; fi
RUN rm handler/backends/compiled/*.[ch] \
    && python -m compileall -q -f --invalidation-mode unchecked-hash bundle \
    && chmod -R a+rX bundle handler


# The packages that the bundle needs at run time, installed as `thaw assemble` does.
FROM tools AS packages
COPY requirements/libgomp.txt requirements/
COPY model/*.py model/
COPY model/environment model/environment
COPY model/image model/image
COPY model/function model/function
COPY --from=builder /thaw/bundle/requirements.txt /thaw/bundle/wheels* wheels/
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=uv.toml,target=/root/.config/uv/uv.toml \
    cp wheels/requirements.txt . && python -m model.function.packages requirements.txt ${LAMBDA_TASK_ROOT}


# The handler, with its bytecode and msgspec's in one file.
FROM packages AS code
WORKDIR ${LAMBDA_TASK_ROOT}
COPY --from=builder /thaw/handler handler/
RUN python -m compileall -q -f --invalidation-mode unchecked-hash -p ${LAMBDA_TASK_ROOT} handler \
    && python /thaw/model/image/bytecode.py . \
    && chmod -R a+rX handler


# The API viewer of GET /docs.
FROM tools AS viewer
COPY requirements/viewer.txt requirements/
COPY model/__init__.py model/errors.py model/
COPY model/process.py model/work_folder.py model/
COPY model/image/__init__.py model/image/viewer.py model/image/
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=uv.toml,target=/root/.config/uv/uv.toml \
    python -m model.image.viewer viewer && chmod -R a+rX viewer


# Lambda's runtime client, and a web server: they start the handler where the base image does not.
FROM tools AS client
COPY requirements/client.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    python -m pip install --require-hashes --no-compile --target /opt/client --requirement requirements/client.txt \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/client \
    && chmod -R a+rX /opt/client

FROM tools AS server
COPY requirements/web.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    python -m pip install --require-hashes --no-compile --target /opt/server --requirement requirements/web.txt \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/server \
    && chmod -R a+rX /opt/server


# The served files on a base without shell or package manager, proved under that base's Python.
FROM gcr.io/distroless/python3-debian13:nonroot AS served
WORKDIR /var/task
ENV LD_LIBRARY_PATH=/var/task/lib
COPY --from=viewer /thaw/viewer viewer/
COPY --from=packages /var/task ./
COPY --from=builder /thaw/bundle bundle/
COPY --from=code /var/task/handler handler/
RUN --mount=type=bind,from=builder,source=/thaw/model,target=/tmp/proof/model \
    ["/usr/bin/python3", "-B", "-c", "import sys; sys.path.append('/tmp/proof'); from model.image.prove import main; sys.exit(main('bundle'))"]
ARG SOURCE REVISION MODEL_ID MODEL_VERSION
LABEL org.opencontainers.image.source=$SOURCE \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.version=$MODEL_VERSION \
      org.mlflow.model.id=$MODEL_ID


FROM served AS web
COPY --from=server /opt/server /opt/server/
ENV PYTHONPATH=/var/task:/opt/server
EXPOSE 8080
ENTRYPOINT ["/usr/bin/python3", "-m", "handler.server"]


FROM served AS distroless
COPY --from=client /opt/client /opt/client/
ENV PYTHONPATH=/var/task:/opt/client
ENTRYPOINT ["/usr/bin/python3", "-m", "handler.preload"]
CMD ["handler.app.handler"]
LABEL com.amazonaws.lambda.feature.snapstart=Allow


FROM base AS lambda
COPY --from=viewer /thaw/viewer viewer/
COPY --from=packages ${LAMBDA_TASK_ROOT} ./
COPY --from=builder /thaw/bundle bundle/
COPY --from=code ${LAMBDA_TASK_ROOT}/handler handler/
RUN --mount=type=bind,from=builder,source=/thaw/model,target=/tmp/proof/model \
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/tmp/proof:. python -m model.image.prove bundle
CMD ["handler.app.handler"]
ARG SOURCE REVISION MODEL_ID MODEL_VERSION
LABEL org.opencontainers.image.source=$SOURCE \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.version=$MODEL_VERSION \
      org.mlflow.model.id=$MODEL_ID
