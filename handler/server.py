"""The web service of an image: `python -m handler.server` runs uvicorn with one worker for each CPU.

Environment variables: PORT, by default 8080; WEB_CONCURRENCY, the number of workers. A worker that dies is replaced.
On SIGTERM the service accepts no more requests and exits when those in flight have their responses.
"""

import os
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn import Config
    from uvicorn.supervisors import Multiprocess

GRACE = 25
"""Seconds for requests in flight after SIGTERM: platforms send SIGKILL after 30."""

HUNG = 30
"""Seconds without a sign of life after which a worker is replaced: decoding a large body is one call of C code."""

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than load balancers keep theirs, which is 60 by default."""

MAX_CONNECTIONS = 1_000
"""Connections of a worker, from which on it responds with 503."""

_FILES = 4_096

# CPU time in microseconds for each period: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files,
# and https://docs.kernel.org/scheduler/sched-bwc.html for version 1, which has a file for each number.
_QUOTAS = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
_CGROUP = Path("/sys/fs/cgroup")


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    from uvicorn import Config
    from uvicorn.config import STARTUP_FAILURE

    try:
        port, workers = _number(os.environ, "PORT", 8080), _number(os.environ, "WEB_CONCURRENCY", processors())
    except ValueError as error:
        sys.exit(str(error))
    os.environ["WEB_CONCURRENCY"] = str(workers)  # workers share the memory
    _raise_file_limit()
    _notice_deaths()
    config = Config(
        "handler.web:app",
        host="0.0.0.0",  # noqa: S104 - inside a container
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        http="handler.limits.connections:LimitedProtocol",
        ws="none",
        lifespan="on",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=HUNG,
    )
    service = _supervise(config)
    service.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in service.processes):
        sys.exit(STARTUP_FAILURE)


def _supervise(config: "Config") -> "Multiprocess":
    """Return uvicorn's supervisor, which refuses connections once it stops: they would wait for the last worker."""
    from uvicorn.supervisors import Multiprocess

    class Service(Multiprocess):  # type: ignore[misc]
        def terminate_all(self) -> None:
            super().terminate_all()
            for listener in self.sockets:
                listener.close()

    return Service(config, [config.bind_socket()])


def processors(cgroup: Path = _CGROUP) -> int:
    """Return the number of CPUs that this container may use, rounded up."""
    usable = len(os.sched_getaffinity(0))
    for files in _QUOTAS:
        with suppress(OSError, ValueError):  # another version of cgroups, or no limit: "max"
            quota, period = (int(number) for name in files for number in (cgroup / name).read_text().split())
            return min(usable, ceil(quota / period)) if quota > 0 else usable
    return usable


def _notice_deaths() -> None:
    """Make a health check end when its worker dies: uvicorn's waits for HUNG seconds, and replaces no worker then."""
    from uvicorn.supervisors.multiprocess import Process

    ping = Process.ping

    def close_and_ping(worker: Process, timeout: float = HUNG) -> bool:
        worker.child_conn.close()  # the supervisor's copy, which keeps the pipe of a dead worker open
        alive: bool = ping(worker, timeout)
        return alive

    Process.ping = close_and_ping


def _raise_file_limit() -> None:
    """Raise the limit of open files to what the system allows: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, _FILES)), hard))


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isdecimal() or not int(value):
        raise ValueError(f"{name} is {value!r}; expected a whole number from 1")
    return int(value)


if __name__ == "__main__":
    main()
