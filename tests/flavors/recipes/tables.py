"""Models of tables: one prediction per row."""

import pathlib
import textwrap
from typing import Any

from flavors.recipes import Recipe


def _numbers() -> tuple[Any, Any, Any]:
    """Return a table of four columns, a number and a class for each row."""
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(0)
    table = pd.DataFrame(draw.normal(size=(200, 4)), columns=["a", "b", "c", "d"])
    number = table.a * 2 - table.b + draw.normal(size=200) / 10
    return table, number, (number > 0).astype(int)


def _signed(model: Any, table: Any) -> dict[str, Any]:
    """Return the signature and the example of a model whose `predict` takes a table."""
    from mlflow.models import infer_signature

    return {"signature": infer_signature(table, model.predict(table)), "input_example": table.head(3)}


def catboost_classifier(folder: str) -> None:
    """A small CatBoost classifier."""
    import catboost
    import mlflow

    table, _, label = _numbers()
    model = catboost.CatBoostClassifier(iterations=20, verbose=False, allow_writing_files=False).fit(table, label)
    mlflow.catboost.save_model(model, folder, **_signed(model, table))


def catboost_categories(folder: str) -> None:
    """A CatBoost regressor with a column of categories."""
    import catboost
    import mlflow

    table, number, _ = _numbers()
    table["city"] = ["Berlin", "Paris", "Rome", "Oslo"] * 50
    options = {"iterations": 20, "verbose": False, "allow_writing_files": False, "cat_features": ["city"]}
    model = catboost.CatBoostRegressor(**options).fit(table, number)
    mlflow.catboost.save_model(model, folder, **_signed(model, table))


def statsmodels_ols(folder: str) -> None:
    """Ordinary least squares by a formula."""
    import mlflow
    import statsmodels.formula.api as formulas

    table, number, _ = _numbers()
    model = formulas.ols("y ~ a + b + c * d", table.assign(y=number)).fit()
    mlflow.statsmodels.save_model(model, folder, **_signed(model, table))


def statsmodels_glm(folder: str) -> None:
    """A binomial generalized linear model on arrays."""
    import mlflow
    import statsmodels.api as sm

    table, _, label = _numbers()
    model = sm.GLM(label, table, family=sm.families.Binomial()).fit()
    mlflow.statsmodels.save_model(model, folder, **_signed(model, table))


def onnx_graph(folder: str) -> None:
    """A graph of one multiplication and one addition."""
    import mlflow
    import numpy as np
    import onnx
    from mlflow.models import infer_signature
    from onnx import TensorProto, helper, numpy_helper

    rows = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    weights, bias = np.ones((4, 2), "float32"), np.zeros(2, "float32")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Add", ["m", "b"], ["y"])],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    signature = infer_signature({"x": rows}, {"y": rows @ weights + bias})
    mlflow.onnx.save_model(model, folder, signature=signature, input_example={"x": rows})


def loader_module(folder: str) -> None:
    """A loader module of the user's own with a data file."""
    import json

    import mlflow
    from mlflow.models import infer_signature

    table, number, _ = _numbers()
    code = pathlib.Path(folder).parent / "my_loader"
    code.mkdir()
    (code / "loading.py").write_text(
        textwrap.dedent(
            '''
            """Loads weights from a JSON file."""

            import json
            from pathlib import Path


            class Weighted:
                """A weighted sum of the columns."""

                def __init__(self, weights):
                    self.weights = weights

                def predict(self, table):
                    """Return a number for each row."""
                    return sum(table[name] * weight for name, weight in self.weights.items()).to_numpy()


            def _load_pyfunc(path):
                return Weighted(json.loads(Path(path).read_text()))
            '''
        )
    )
    (code / "__init__.py").touch()
    data = code.parent / "weights.json"
    data.write_text(json.dumps({"a": 2.0, "b": -1.0}))
    mlflow.pyfunc.save_model(
        folder,
        loader_module="my_loader.loading",
        data_path=str(data),
        code_paths=[str(code)],
        signature=infer_signature(table, number.to_numpy()),
        input_example=table.head(3),
    )


def model_from_code(folder: str) -> None:
    """A PythonModel that is logged as a script."""
    import mlflow
    from mlflow.models import infer_signature

    table, number, _ = _numbers()
    script = pathlib.Path(folder).parent / "weighted.py"
    script.write_text(
        textwrap.dedent(
            '''
            import mlflow


            class Weighted(mlflow.pyfunc.PythonModel):
                """A weighted sum of two columns."""

                def predict(self, context, model_input, params=None):
                    return (model_input["a"] * 2 - model_input["b"]).to_numpy()


            mlflow.models.set_model(Weighted())
            '''
        )
    )
    signature = infer_signature(table, number.to_numpy())
    mlflow.pyfunc.save_model(folder, python_model=str(script), signature=signature, input_example=table.head(3))


def h2o_forest(folder: str) -> None:
    """A gradient-boosted model of H2O, which runs in a Java process."""
    import h2o
    import mlflow
    from h2o.estimators import H2OGradientBoostingEstimator
    from mlflow.models import infer_signature

    table, number, _ = _numbers()
    h2o.init(max_mem_size="1G", nthreads=1)
    frame = h2o.H2OFrame(table.assign(y=number))
    model = H2OGradientBoostingEstimator(ntrees=5, max_depth=3, seed=0)
    model.train(x=list(table.columns), y="y", training_frame=frame)
    predicted = model.predict(h2o.H2OFrame(table.head(3))).as_data_frame()
    mlflow.h2o.save_model(model, folder, signature=infer_signature(table, predicted), input_example=table.head(3))
    h2o.cluster().shutdown()


def spark_pipeline(folder: str) -> None:
    """A pipeline of Spark ML, which runs in a Java process."""
    import mlflow
    from mlflow.models import infer_signature
    from pyspark.ml import Pipeline
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.regression import LinearRegression
    from pyspark.sql import SparkSession

    table, number, _ = _numbers()
    spark = SparkSession.builder.master("local[1]").config("spark.driver.memory", "1g").getOrCreate()
    frame = spark.createDataFrame(table.assign(label=number))
    steps = [VectorAssembler(inputCols=list(table.columns), outputCol="features"), LinearRegression()]
    model = Pipeline(stages=steps).fit(frame)
    signature = infer_signature(table, number.to_numpy())
    mlflow.spark.save_model(model, folder, signature=signature, input_example=table.head(3))
    spark.stop()


_STATSMODELS = ("statsmodels",)

RECIPES = {
    "catboost": Recipe(catboost_classifier, ("catboost",)),
    "catboost-categories": Recipe(catboost_categories, ("catboost",)),
    "statsmodels-ols": Recipe(statsmodels_ols, _STATSMODELS),
    "statsmodels-glm": Recipe(statsmodels_glm, _STATSMODELS),
    "onnx": Recipe(onnx_graph, ("onnx", "onnxruntime")),
    "loader-module": Recipe(loader_module),
    "model-from-code": Recipe(model_from_code),
    "h2o": Recipe(h2o_forest, ("h2o",), ("java",)),
    "spark": Recipe(spark_pipeline, ("pyspark<4",), ("java",)),
}
