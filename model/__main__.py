"""`python -m model`: get or train a model, build a bundle of it, prove the bundle again."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from model.errors import ModelError

ARTIFACT = Path("model/artifact")
BUNDLE = Path("build/bundle")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code is 1 where it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for add in (_get, _train, _build, _verify):
        add(commands)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except ModelError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _get(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "get", help="bring an MLflow model from a folder, an archive, S3, the web or a registry"
    )
    from model import get

    get.add_arguments(parser)
    parser.set_defaults(run=get.run)


def _train(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("train", help="train a text classifier on CSV files and save it as an MLflow model")
    from model import train

    train.add_arguments(parser)
    parser.set_defaults(run=train.run)


def _build(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from model.candidates import BACKENDS

    parser = commands.add_parser("build", help="build a bundle from an MLflow model and prove that it answers alike")
    parser.add_argument("--model", type=Path, default=ARTIFACT, help="the MLflow model's folder (default: %(default)s)")
    parser.add_argument("--bundle", type=Path, default=BUNDLE, help="the folder to write (default: %(default)s)")
    parser.add_argument(
        "--backend",
        choices=("auto", *BACKENDS, "remote"),
        default="auto",
        help="how to predict; auto takes the fastest proved",
    )
    parser.add_argument("--url", help="with --backend remote, https://host/invocations or sagemaker:NAME")
    parser.add_argument("--signature", type=Path, help="with it, the MLmodel that says what the endpoint takes")
    parser.add_argument("--predict-fn", metavar="NAME", help="serve another method, such as predict_proba")
    parser.add_argument("--python", help="version or path of the Python to build under (default: the model's own)")
    parser.set_defaults(run=_run_build)


def _verify(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("verify", help="check a bundle's hashes and prove its answers again")
    parser.add_argument("--bundle", type=Path, default=BUNDLE, help="the bundle's folder (default: %(default)s)")
    parser.add_argument("--model", type=Path, help="compare with this MLflow model, not with the recorded answers")
    parser.set_defaults(run=_run_verify)


def _run_build(options: argparse.Namespace) -> int:
    from model import remote, report
    from model.build import build

    if (options.backend == "remote") != bool(options.url):
        raise ModelError("--backend remote and --url belong together")
    if options.url:
        print(remote.describe(remote.build(options.url, options.signature or options.model, options.bundle)))
        return 0
    console = Console()
    with console.status("reading the model") as status:
        result = build(
            options.model,
            options.bundle,
            backend=options.backend,
            predict_fn=options.predict_fn,
            python=options.python,
            tell=lambda sentence: _tell(console, status, sentence),
        )
    report.built(result, console)
    return 0


def _run_verify(options: argparse.Namespace) -> int:
    from model import report
    from model.verify import verify

    console = Console()
    with console.status("reading the bundle") as status:
        result = verify(options.bundle, options.model, tell=lambda sentence: _tell(console, status, sentence))
    report.verified(result, console)
    return 0


def _tell(console: Console, status: object, sentence: str) -> None:
    console.print(f"[dim]-[/] {sentence}", highlight=False)
    status.update(sentence)  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
