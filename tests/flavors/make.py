"""`python make.py NAME`: save a recipe's model in `model/` of the current directory, and ask MLflow its own example.

Runs in an environment with the recipe's packages. `answer.json` gets the response of MLflow's scoring server to the
model's serving example, and the versions of the recipe's packages.
"""

import importlib.metadata
import json
import re
import sys
import warnings
from pathlib import Path

from flavors.recipes import architectures, forecasts, keras_models, language, networks, tables

RECIPES = tables.RECIPES | forecasts.RECIPES | networks.RECIPES | architectures.RECIPES
RECIPES |= keras_models.RECIPES | language.RECIPES


def main(name: str) -> None:
    """Save the model and write the answer."""
    warnings.simplefilter("ignore")
    RECIPES[name].save("model")
    packages = [re.split(r"[<>=]", package)[0] for package in RECIPES[name].packages]
    versions = {package: importlib.metadata.version(package) for package in packages}
    Path("answer.json").write_text(json.dumps({"answer": answer(), "versions": versions}))


def answer() -> object:
    """Return MLflow's response to the serving example."""
    import mlflow.pyfunc
    from mlflow.pyfunc import scoring_server

    model = mlflow.pyfunc.load_model("model")
    response = scoring_server.invocations(
        data=Path("model", "serving_input_example.json").read_text(),
        content_type="application/json",
        model=model,
        input_schema=model.metadata.get_input_schema(),
    )
    if response.status != 200:
        sys.exit(response.response)
    return json.loads(response.response)


if __name__ == "__main__":
    main(*sys.argv[1:])
