"""The commands of `python -m model`: one module each, with its arguments and its output."""

from pathlib import Path

from model.command_line import Command

ARTIFACT = Path("model/artifact")
BUNDLE = Path("build/bundle")
EVENTS = Path("build/events")

COMMANDS = {
    "Commands": {
        "get": Command(
            "model.commands.get",
            "fetch an MLflow model from a directory, an archive, S3, the web, a registry or a bare model file",
        ),
        "train": Command("model.commands.train", "train a text classifier on CSV files and save it as an MLflow model"),
        "automl": Command(
            "model.commands.automl", "search for the best model for a CSV file and save it as an MLflow model"
        ),
        "build": Command(
            "model.commands.build", "build a bundle from an MLflow model and prove that it predicts the same"
        ),
        "score": Command("model.commands.score", "score a file of rows on all processors"),
        "package": Command("model.commands.package", "write a zip of a model for Lambda, without Docker"),
        "assemble": Command("model.commands.assemble", "lay out the directory of a model's function"),
        "environments": Command(
            "model.commands.environments",
            "list the Python environments of models, and remove those that nothing has used for long",
        ),
        "verify": Command("model.commands.verify", "check a bundle's hashes and prove its predictions again"),
    }
}
