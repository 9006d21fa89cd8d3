"""Renew what the copies of a restored SnapStart snapshot must not share.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

import sys
from collections.abc import Mapping


def register_hooks(environment: Mapping[str, str]) -> None:
    """Register hooks with Lambda's runtime client, if a snapshot is taken of this process after its start."""
    if environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    import snapshot_restore_py as hooks  # type: ignore[import-untyped]

    hooks.register_before_snapshot(forget_connections)
    hooks.register_after_restore(renew)


def forget_connections() -> None:
    """Close idle connections, which do not survive a restore, and forget cached credentials."""
    from handler import connections
    from handler.aws import credentials

    connections.close_all()
    credentials.forget()


def renew() -> None:
    """Seed the random number generators again, so that copies draw different numbers, and forget connections."""
    forget_connections()
    import random

    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()
