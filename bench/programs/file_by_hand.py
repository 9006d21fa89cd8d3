"""A program to compare `model score` with: pandas reads a CSV file in parts, and MLflow predicts each.

`file_by_hand.py MODEL INPUT OUTPUT`, in the model's environment.
"""

import sys
import warnings
from pathlib import Path

ROWS = 100_000
"""Rows in a part."""


def main(model: str, source: str, output: str) -> None:
    """Write the number of each row and its prediction."""
    import mlflow
    import pandas as pd

    warnings.simplefilter("ignore")
    loaded = mlflow.pyfunc.load_model(model)
    with Path(output).open("w", newline="") as stream:
        for part in pd.read_csv(source, chunksize=ROWS):
            scored = pd.DataFrame({"row": part.index, "prediction": loaded.predict(part)})
            scored.to_csv(stream, index=False, header=stream.tell() == 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
