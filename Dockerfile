# The image for Lambda:
#   docker build --provenance=false --sbom=false -t thaw .
# Lambda takes no image with attestations, hence the two flags. Others, as needed:
#   --target distroless                Lambda too, on a base without shell or package manager
#   --target web                       an HTTP service on port 8080, on that base
#   --target builder                   what the others are made in, to look into and to go on from
#   --build-context artifact=FOLDER    the MLflow model in FOLDER, instead of model/artifact
#   --build-arg PYTHON_VERSION=3.12    another Python, as the model needs it
#   --build-arg SYSTEM_PACKAGES=libsndfile   what the model's libraries need of the system; libgomp comes by itself
#   --build-arg BACKEND=native         that backend, instead of the fastest
#   --build-arg BACKEND=remote --build-arg URL=https://host/invocations     a model that lives elsewhere
#   --secret id=pip.conf,src=FILE      a private index; uv, which installs what the model is
#   --secret id=uv.toml,src=FILE       proved with, reads no pip.conf and wants a file of its own

ARG PYTHON_VERSION=3.13

FROM scratch AS artifact
COPY model/artifact /


FROM public.ecr.aws/lambda/python:${PYTHON_VERSION} AS base
ARG SYSTEM_PACKAGES
RUN [ -z "$SYSTEM_PACKAGES" ] || { microdnf install -y $SYSTEM_PACKAGES && microdnf clean all; }


# What builds a bundle.
FROM base AS tools
WORKDIR /thaw
# The cache is on a file system of its own, from which uv cannot link.
ENV UV_LINK_MODE=copy
COPY requirements-build.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    python -m pip install --require-hashes --requirement requirements-build.txt


# What evaluates trees in C, for the image's own processor.
FROM tools AS kernel
COPY requirements-kernel.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    python -m pip install --require-hashes --requirement requirements-kernel.txt
COPY model/__init__.py model/errors.py model/kernel.py model/
COPY handler/backends/compiled/_trees.c handler/backends/compiled/abi3.h handler/backends/compiled/
RUN python -m model.kernel && test -e handler/backends/compiled/_trees.abi3.so


# The bundle, proved. The model's environment is a layer of its own: a change to handler/ or to the model's
# files keeps it.
FROM tools AS builder
COPY requirements-run.txt requirements-libgomp.txt ./
COPY model/*.py model/
COPY --from=artifact /requirements.txt artifact/
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=uv.toml,target=/root/.config/uv/uv.toml \
    python -m model.install artifact \
    && mkdir -p ${LAMBDA_TASK_ROOT}/lib \
    && python -m model.libgomp ${LAMBDA_TASK_ROOT}/lib build/env
COPY --from=artifact / artifact/
COPY model/commands model/commands
COPY model/exporters model/exporters
COPY model/openapi model/openapi
COPY model/writers model/writers
COPY handler handler
COPY --from=kernel /thaw/handler handler/
ARG BACKEND=auto
ARG URL
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=uv.toml,target=/root/.config/uv/uv.toml \
    python -m model build --model artifact --bundle bundle --backend "$BACKEND" ${URL:+--url "$URL"} --python "$(command -v python)"
RUN rm handler/backends/compiled/*.[ch] \
    && python -m compileall -q -f --invalidation-mode unchecked-hash bundle handler \
    && chmod -R a+rX bundle handler


# What the bundle needs at run time. compileall fails on a package's file that is no Python of this version;
# pip installs such packages all the same.
FROM tools AS packages
COPY --from=builder /thaw/bundle/requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    --mount=type=bind,from=builder,source=${LAMBDA_TASK_ROOT}/lib,target=/builder/lib \
    --mount=type=bind,source=model/libgomp.py,target=/builder/libgomp.py \
    python -m pip install --no-deps --no-compile --target ${LAMBDA_TASK_ROOT} --requirement requirements.txt \
    && python /builder/libgomp.py ${LAMBDA_TASK_ROOT}/lib ${LAMBDA_TASK_ROOT} /builder/lib \
    && { python -m compileall -q -j 0 --invalidation-mode unchecked-hash ${LAMBDA_TASK_ROOT} || true; } \
    && chmod -R a+rX ${LAMBDA_TASK_ROOT}


# The viewer of APIs behind GET /docs.
FROM tools AS viewer
COPY requirements-viewer.txt .
COPY model/__init__.py model/child.py model/errors.py model/viewer.py model/
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=uv.toml,target=/root/.config/uv/uv.toml \
    python -m model.viewer viewer && chmod -R a+rX viewer


# What starts the handler where the base image does not: Lambda's runtime client, or a web server.
FROM tools AS client
COPY requirements-client.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    python -m pip install --require-hashes --no-compile --target /opt/client --requirement requirements-client.txt \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/client \
    && chmod -R a+rX /opt/client

FROM tools AS server
COPY requirements-web.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/root/.config/pip/pip.conf \
    python -m pip install --require-hashes --no-compile --target /opt/server --requirement requirements-web.txt \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/server \
    && chmod -R a+rX /opt/server


# What is served, on a base without shell or package manager, proved under that base's Python.
FROM gcr.io/distroless/python3-debian13:nonroot AS served
WORKDIR /var/task
ENV LD_LIBRARY_PATH=/var/task/lib
COPY --from=viewer /thaw/viewer viewer/
COPY --from=packages /var/task ./
COPY --from=builder /thaw/bundle bundle/
COPY --from=builder /thaw/handler handler/
RUN --mount=type=bind,from=builder,source=/thaw/model,target=/tmp/proof/model \
    ["/usr/bin/python3", "-B", "-c", "import sys; sys.path.append('/tmp/proof'); from model.here import main; sys.exit(main('bundle'))"]
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
COPY --from=builder /thaw/handler handler/
RUN --mount=type=bind,from=builder,source=/thaw/model,target=/tmp/proof/model \
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/tmp/proof:. python -m model.here bundle
CMD ["handler.app.handler"]
ARG SOURCE REVISION MODEL_ID MODEL_VERSION
LABEL org.opencontainers.image.source=$SOURCE \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.version=$MODEL_VERSION \
      org.mlflow.model.id=$MODEL_ID
