#!/var/lang/bin/python3 -P
"""Starts Lambda's runtime client; where it will fork workers, with the model loaded before, so that they share it.

On Lambda's Managed Instances AWS_LAMBDA_MAX_CONCURRENCY says how many workers the client forks; each then imports the
handler, which is there already. Only a compiled model is loaded so: libraries with threads (OpenMP) hang in children.

As a wrapper script, which AWS's own images start the runtime through (AWS_LAMBDA_EXEC_WRAPPER), it is given the
command: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper.
Elsewhere it is given the handler's name, as `python -m awslambdaric` is.
"""

import os
import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parent.parent)


def main(arguments: list[str]) -> None:
    """Start the runtime client."""
    if _ROOT not in sys.path:
        sys.path.insert(0, _ROOT)
    if "AWS_LAMBDA_MAX_CONCURRENCY" in os.environ and _forkable():
        import handler.app  # noqa: F401
    if len(arguments) == 1:
        from awslambdaric.__main__ import main as client

        client(["awslambdaric", *arguments])
    else:
        script = arguments[1]
        sys.argv = arguments[1:]
        sys.path[0] = str(Path(script).parent)
        exec(compile(Path(script).read_bytes(), script, "exec"), {"__name__": "__main__", "__file__": script})  # noqa: S102


def _forkable() -> bool:
    """Whether the model may be loaded before a fork. A bundle that cannot be read is the handler's to tell of."""
    from handler import bundle, settings
    from handler.errors import ThawError

    try:
        return bundle.read(bundle.located(settings.from_environment(os.environ).bundle)).backend == "compiled"
    except ThawError:
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
