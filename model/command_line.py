"""The command line that `thaw`, `python -m model`, `python -m local` and `python -m cloud` share."""

import argparse
import errno
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from model.errors import ThawError

_FULL = [os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)]
_INTERRUPTED = 130


class Command(NamedTuple):
    """A command.

    Attributes:
        module: name of the module with `add_arguments(parser)` and `run(options)`, which returns the exit code.
        summary: one line for `--help`, without a capital letter and a full stop.
    """

    module: str
    summary: str


def main(program: str, description: str, groups: Mapping[str, Mapping[str, Command]], words: Sequence[str]) -> int:
    """Run one command; return its exit code: 1 if it failed, 2 for wrong arguments, 130 after Ctrl-C.

    Args:
        program: how a person calls it, such as `python -m model`.
        description: what all of it is for.
        groups: commands by name, by the title they are listed under.
        words: the arguments, of which the first is the command's name.
    """
    commands = {name: command for group in groups.values() for name, command in group.items()}
    if not words or words[0] not in commands:
        return _overview(program, description, groups, words)
    command = commands[words[0]]
    parser = argparse.ArgumentParser(f"{program} {words[0]}", description=f"{_sentence(command.summary)}.")
    module = import_module(command.module)  # imports packages that other commands do without
    from handler.errors import BundleError

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind
    try:
        module.add_arguments(parser)
        code: int = module.run(parser.parse_intermixed_args(words[1:]))
    except (ThawError, BundleError) as error:
        return _fail(str(error))
    except OSError as error:
        path, reason = _first(error)
        reason = next((text for text in _FULL if text in reason), "")
        if not reason:
            raise
        return _fail(f"cannot write {path}: {reason}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _overview(program: str, description: str, groups: Mapping[str, Mapping[str, Command]], words: Sequence[str]) -> int:
    """Print all commands for `--help`; otherwise say which command is missing or unknown."""
    names = [name for group in groups.values() for name in group]
    if list(words[:1]) in (["-h"], ["--help"]):
        print(f"usage: {program} COMMAND ...\n\n{description}")
        for title, group in groups.items():
            print(f"\n{title}:")
            for name, command in group.items():
                print(f"  {name:<{max(map(len, names)) + 2}}{command.summary}")
        print(f"\n`{program} COMMAND --help` explains a command.")
        return 0
    wrong = f"there is no command {words[0]!r}" if words else "a command is missing"
    print(f"usage: {program} COMMAND ...\n{program}: error: {wrong}; there are {', '.join(names)}", file=sys.stderr)
    return 2


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}"


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


def _first(error: OSError) -> tuple[str, str]:
    """Return the file and the reason of an error, or of the first one that `shutil.copytree` has collected."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        _, path, reason = error.args[0][0]
        return path, str(reason)
    return str(error.filename or "a file"), error.strerror or ""
