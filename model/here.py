"""`python -m model.here BUNDLE`: proves a bundle under this very interpreter, with what is installed for it.

An image's last stage runs it: Unicode tables, C libraries and processors differ, and answers with them.
Imports the standard library, the handler and what the bundle needs.
"""

import logging
import sys
from pathlib import Path

from handler import bundle
from model import ask, parity, proof


def main(folder: str) -> str | None:
    """Print how the answers compare; what is returned is why they do not."""
    logging.disable()  # a row that MLflow refuses has to be refused: nobody needs to read of it
    if bundle.read(Path(folder)).backend == "remote":
        print("not proved: the model lives elsewhere")
        return None
    question, reference = parity.read(Path(folder))
    asked = {name: question.get(name) for name in ("rows", "params", "alone", "one_at_a_time")}
    verdict = proof.compare(question["rows"], reference, ask.answer({**asked, "bundle": folder}))
    if verdict.refusal:
        return (
            f"error: under Python {sys.version.split()[0]} the bundle does not give MLflow's answers: {verdict.refusal}"
        )
    print(f"proved under Python {sys.version.split()[0]}: {verdict.rows} rows, difference {verdict.difference:.1e}")
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
