"""The commands of `python -m model`: one file each, with what it is asked and what it says."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.status import Status

ARTIFACT = Path("model/artifact")
BUNDLE = Path("build/bundle")

COMMANDS = {
    "get": "bring an MLflow model from a folder, an archive, S3, the web, a registry or a bare file",
    "train": "train a text classifier on CSV files and save it as an MLflow model",
    "automl": "search for the best model of a CSV file and save it as an MLflow model",
    "build": "build a bundle from an MLflow model and prove that it answers alike",
    "score": "score a file of rows with all processors",
    "verify": "check a bundle's hashes and prove its answers again",
}
"""What each does; its module has its name."""


def told(console: Console, status: Status) -> Callable[[str], None]:
    """What prints a step, and shows it as the one under way."""

    def tell(sentence: str) -> None:
        console.print(f"[dim]-[/] {sentence}", highlight=False)
        status.update(sentence)

    return tell
