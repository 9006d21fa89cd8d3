"""An image whose model needs libgomp, on a base image that lacks it, as AWS's do."""

import json
import uuid
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from containers.commands import BUILD_SECONDS, invoking, python_in, run

BASE = "public.ecr.aws/lambda/python:3.13"
WITHOUT = f"FROM {BASE}\nRUN rm -f /lib*/libgomp.so* /lib/*/libgomp.so* /usr/lib*/libgomp.so* /usr/lib/*/libgomp.so*\n"

# None of these brings a copy, so that one has to be fetched.
REQUIREMENTS = [f"{name}=={version(name)}" for name in ("lightgbm", "mlflow-skinny", "numpy", "pandas", "scipy")]

# Prints the path of the library, and the installed packages.
FOUND = """
import ctypes, importlib.metadata
ctypes.CDLL("libgomp.so.1")
print(*{line.split()[-1] for line in open("/proc/self/maps") if "libgomp" in line})
print(*sorted(one.name for one in importlib.metadata.distributions(path=["/var/task"])))
"""

ServedModel = tuple[str, dict[str, float], float]


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedModel]:
    """The image of a LightGBM model with the native backend, a row, and LightGBM's prediction."""
    import lightgbm
    import mlflow.lightgbm
    import numpy as np
    import pandas as pd
    from mlflow.models import infer_signature

    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=list("abc"))
    booster = lightgbm.train({"verbose": -1}, lightgbm.Dataset(frame, frame["a"] > 0), num_boost_round=3)
    answers = booster.predict(frame)
    folder = tmp_path_factory.mktemp("lightgbm") / "model"
    signature = infer_signature(frame, answers)
    mlflow.lightgbm.save_model(booster, folder, signature=signature, pip_requirements=REQUIREMENTS)

    base, tag = (f"thaw-test:{uuid.uuid4().hex}" for _ in range(2))
    run("docker", "build", "--tag", base, "-", stdin=WITHOUT, seconds=BUILD_SECONDS)
    contexts = ["--build-context", f"{BASE}=docker-image://{base}", "--build-context", f"artifact={folder}"]
    try:
        run("docker", "build", *contexts, "--build-arg", "BACKEND=native", "--tag", tag, ".", seconds=BUILD_SECONDS)
        yield tag, frame.iloc[0].to_dict(), answers[0]
        run("docker", "image", "rm", tag)
    finally:
        run("docker", "image", "rm", base)


def test_libgomp_comes_with_the_model(served: ServedModel) -> None:
    """It is in a directory where Lambda looks for libraries, and LightGBM and msgspec are the only packages."""
    image, _, _ = served
    assert ["/var/task/lib/libgomp.so.1", "lightgbm msgspec"] == python_in(image, FOUND).splitlines()


def test_the_prediction_is_that_of_the_library(served: ServedModel) -> None:
    """It equals LightGBM's without privileges, on a read-only file system and without shared memory."""
    image, row, answer = served
    with invoking(image) as invoke:
        assert {"prediction": answer} == invoke(json.dumps(row).encode())
