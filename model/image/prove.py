"""`python -m model.image.prove BUNDLE`: compare a bundle's predictions with MLflow's, under this interpreter.

An image's last stage runs this, because Unicode tables, C libraries and processors differ between the machine that
built the bundle and the image. Imports the standard library, the handler and the bundle's requirements only.
"""

import logging
import sys
from pathlib import Path

from handler import bundle
from model.build import loss, parity
from model.child import ask_bundle
from model.child.contract import AskBundleRequest


def main(folder: str) -> str | None:
    """Print how the predictions compare; return an error message, or None."""
    logging.disable()  # rows that must be refused would fill the log
    manifest = bundle.read_manifest(Path(folder))
    if manifest.backend == "remote":
        print("not proved: the model is at a remote endpoint")
        return None
    question, reference = parity.read_parity(Path(folder))
    asked: AskBundleRequest = {
        "bundle": folder,
        "roots": None,
        "rows": question["rows"],
        "params": question["params"],
        "alone": question["alone"],
        "one_at_a_time": question.get("one_at_a_time"),
        "examples": question.get("examples", 0),
        "whole": question.get("whole", False),
        "sizes": question.get("sizes", ()),
    }
    answers = ask_bundle.answer(asked, lambda _: None)
    verdict = loss.compare(manifest, question["rows"], asked["examples"], reference, answers)
    if verdict.refusal:
        return (
            f"error: under Python {sys.version.split()[0]} the bundle's predictions differ from MLflow's: "
            f"{verdict.refusal}"
        )
    print(f"proved under Python {sys.version.split()[0]}: {verdict.rows} rows, difference {verdict.difference:.1e}")
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
