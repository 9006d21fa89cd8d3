"""The command `thaw`.

The packages that do the work have names, such as `model`, that a person's own modules may have too. An installed
`thaw` keeps them in a directory of its own, and only the process of this command imports from there.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.command_line import Command

_INSTALLED = Path(__file__).resolve().parent / "_root"
ROOT = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).resolve().parents[1]
"""Directory of the packages `handler`, `model`, `local`, `cloud` and `project`."""

DESCRIPTION = """Serve any MLflow model from AWS Lambda: its first response takes about a tenth of a second.

  thaw run models:/fraud@champion       serve a model of an MLflow registry on http://127.0.0.1:8080
  thaw deploy models:/fraud@champion    put it behind an HTTPS API on Lambda, without Docker"""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 1 if it failed, 2 for wrong arguments, 130 after Ctrl-C."""
    words = sys.argv[1:] if words is None else words
    # The directory of the running script or the working directory comes first otherwise.
    sys.path[:] = [str(ROOT), *(folder for folder in sys.path if folder not in {"", str(Path.cwd()), str(ROOT)})]
    if list(words[:1]) == ["--version"]:
        from handler import __version__

        print(f"thaw {__version__}")
        return 0
    from model import command_line

    return command_line.main("thaw", DESCRIPTION, groups(), words)


def groups() -> "dict[str, dict[str, Command]]":
    """Return the commands by name, by the title they are listed under."""
    from cloud.commands import COMMANDS as CLOUD
    from local.commands import COMMANDS as LOCAL
    from model.command_line import Command
    from model.commands import COMMANDS as MODEL
    from project.commands import COMMANDS as PROJECT

    every = {
        name: command
        for package in (MODEL, LOCAL, CLOUD, PROJECT)
        for group in package.values()
        for name, command in group.items()
    }
    every["completion"] = Command("thaw.completion", "print the script with which your shell completes `thaw`")
    return {title: {name: every[name] for name in names} for title, names in _GROUPS.items()}


_GROUPS = {
    "Get a model": ("get", "automl", "train"),
    "Try it on this machine": ("run", "build", "verify", "serve", "invoke", "score"),
    "Keep it in a project of your own": ("init",),
    "Deploy it to AWS": ("deploy", "predict", "list", "logs", "rollback", "delete", "bulk", "cost"),
    "Package it yourself": ("package", "assemble", "template"),
    "Keep house": ("environments", "completion"),
}
