"""`python -m cloud deploy-image`."""

import argparse
from pathlib import Path

from cloud.account import check_account, check_docker
from cloud.parameters import with_snap_start
from cloud.sam import ARTIFACT, deploy
from cloud.smoke import curl, example_rows, smoke
from model.commands import BUNDLE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--stack", default="thaw", help="the stack's name (default: %(default)s)")
    parser.add_argument(
        "--model", type=Path, default=ARTIFACT, help="the MLflow model's directory (default: model/artifact)"
    )
    parser.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of template.yaml")


def run(options: argparse.Namespace) -> int:
    """Build and deploy with SAM, send a request, and print a curl command.

    Raises:
        CloudError: something is missing, or SAM failed and has printed why.
    """
    check_account()
    check_docker()
    parameters = with_snap_start(options.parameters, BUNDLE)
    if parameters != options.parameters:
        print("SnapStart=true, since the bundle is not compiled. AWS charges for it; SnapStart=false turns it off.")
    outputs = deploy(options.stack, parameters, options.model)
    print(f"\n{outputs['Url']} responds:")
    rows = example_rows(BUNDLE)
    for line in smoke(outputs["Url"], rows, signed="--aws-sigv4" in outputs["Curl"]):
        print(f"  {line}")
    print(f"\nPredict:  {curl(outputs['Curl'], rows)}\nDelete:   sam delete --stack-name {options.stack}")
    return 0
