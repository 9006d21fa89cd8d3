#!/var/lang/bin/python3 -P
"""Start Lambda's runtime client; if it forks workers, load the model first, so that they share its memory.

On Lambda's Managed Instances, AWS_LAMBDA_MAX_CONCURRENCY says how many workers the client forks. Each worker imports
the handler, which is already loaded. Only a compiled model is loaded before the fork: libraries that start threads
(OpenMP) hang in forked children.

As a wrapper script (AWS_LAMBDA_EXEC_WRAPPER), through which AWS's own images start the runtime, it gets the runtime's
command as arguments: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper.
In other images it gets the handler's name, as `python -m awslambdaric` does.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parent.parent)


def main(arguments: list[str]) -> None:
    """Start the runtime client."""
    if _ROOT not in sys.path:
        sys.path.insert(0, _ROOT)
    if "AWS_LAMBDA_MAX_CONCURRENCY" in os.environ:
        _load_compiled()
    if len(arguments) == 1:
        from awslambdaric.__main__ import main as client

        client(["awslambdaric", *arguments])
    else:
        script = arguments[1]
        sys.argv = arguments[1:]
        sys.path[0] = str(Path(script).parent)
        exec(compile(Path(script).read_bytes(), script, "exec"), {"__name__": "__main__", "__file__": script})  # noqa: S102


def _load_compiled() -> None:
    """Load the handler if its bundle holds a compiled model.

    The manifest alone is read for that: the handler checks the bundle's files. A bundle in S3 is downloaded once, as
    THAW_BUNDLE then names its local directory. An error is left to the client, which loads the handler again and
    reports it.
    """
    from handler import bundle, settings
    from handler.errors import ThawError
    from handler.startup import bundle_folder

    with suppress(ThawError):
        folder = bundle_folder.locate(settings.from_environment(os.environ).bundle)
        os.environ["THAW_BUNDLE"] = str(folder)
        if bundle.read_unchecked_manifest(folder).backend == "compiled":
            import handler.app  # noqa: F401


if __name__ == "__main__":
    main(sys.argv[1:])
