"""The command for projects."""

from model.command_line import Command

COMMANDS = {
    "Commands": {
        "init": Command(
            "project.commands.init", "write a project of your own around a model, with tests and a template"
        )
    }
}
