"""The web service of an image: `python -m handler.server` runs uvicorn with a worker for each processor.

Environment variables: PORT, by default 8080; WEB_CONCURRENCY, how many workers. A worker that dies is replaced.
SIGTERM stops taking requests, and ends when those under way are answered.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from math import ceil
from pathlib import Path

GRACE = 25
"""Seconds for requests under way when the service is told to stop: platforms kill it after 30."""

# Microseconds of processors in each period: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files,
# and https://docs.kernel.org/scheduler/sched-bwc.html for the older version, which has a file for each.
_QUOTAS = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
_CGROUP = Path("/sys/fs/cgroup")


def main() -> None:
    """Serve until told to stop."""
    from uvicorn import Config
    from uvicorn.config import STARTUP_FAILURE
    from uvicorn.supervisors import Multiprocess

    try:
        port, workers = _number(os.environ, "PORT", 8080), _number(os.environ, "WEB_CONCURRENCY", processors())
    except ValueError as error:
        sys.exit(str(error))
    config = Config(
        "handler.web:app",
        host="0.0.0.0",  # noqa: S104 - a container's own
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    service = Multiprocess(config, [config.bind_socket()])
    service.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in service.processes):
        sys.exit(STARTUP_FAILURE)


def processors(cgroup: Path = _CGROUP) -> int:
    """Processors that this container may use, rounded up."""
    usable = len(os.sched_getaffinity(0))
    for files in _QUOTAS:
        with suppress(OSError, ValueError):  # another version's, or no limit: "max"
            quota, period = (int(number) for name in files for number in (cgroup / name).read_text().split())
            return min(usable, ceil(quota / period)) if quota > 0 else usable
    return usable


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isdecimal() or not int(value):
        raise ValueError(f"{name} is {value!r}; it can be a whole number from 1 on")
    return int(value)


if __name__ == "__main__":
    main()
