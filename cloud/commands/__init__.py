"""The commands of `python -m cloud`: one module each, with its arguments and its output."""

from model.command_line import Command

COMMANDS = {
    "Commands": {
        "deploy": Command("cloud.commands.deploy", "build, deploy, and check the new API"),
        "bulk": Command("cloud.commands.bulk", "score a file in S3 with the stack's state machine"),
        "cost": Command("cloud.commands.cost", "estimate the monthly cost in US dollars"),
    }
}
