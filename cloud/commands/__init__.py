"""The commands for an AWS account: one module each, with its arguments and its output."""

import argparse

from model.command_line import Command
from model.project import read_project

COMMANDS = {
    "Commands": {
        "deploy": Command(
            "cloud.commands.deploy", "build a model and deploy it to AWS: as a zip or, if it is too large, as an image"
        ),
        "deploy-image": Command("cloud.commands.deploy_image", "build this repository's image and deploy it with SAM"),
        "predict": Command("cloud.commands.predict", "send a request to a deployment"),
        "template": Command("cloud.commands.template", "write the template of a zip, for SAM or CloudFormation"),
        "list": Command("cloud.commands.list", "list what `deploy` has made in this region"),
        "logs": Command("cloud.commands.logs", "print a deployment's log"),
        "rollback": Command("cloud.commands.rollback", "deploy the release before the current one again"),
        "delete": Command("cloud.commands.delete", "delete a deployment and its uploads"),
        "bulk": Command("cloud.commands.bulk", "score a file in S3 with the stack's state machine"),
        "cost": Command("cloud.commands.cost", "estimate the monthly cost in US dollars"),
    }
}


def add_name(parser: argparse.ArgumentParser) -> None:
    """Declare `--name`."""
    parser.add_argument(
        "--name",
        default=read_project().name,
        help="name of the deployment, a CloudFormation stack (default: %(default)s)",
    )
