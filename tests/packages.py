"""Requirements of the models that tests save."""

from importlib.metadata import version

REQUIREMENTS = [
    f"{name}=={version(name)}"
    for name in (
        "mlflow-skinny",
        "cloudpickle",
        "lightgbm",
        "numpy",
        "onnx",
        "onnxruntime",
        "pandas",
        "scikit-learn",
        "scipy",
        "skops",
        "statsmodels",
        "xgboost-cpu",
    )
]
"""One list for all, so that one environment is made for all."""

CATBOOST = [*REQUIREMENTS, f"catboost=={version('catboost')}"]
"""Those of CatBoost's models, which need plotting libraries too: an environment of their own."""
