"""The web service stops without losing a request."""

import http.client
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from web_service import SECONDS, ask, started, until

from local.serve import HOST


def test_sigterm_completes_requests_in_flight(moody: Path, tmp_path: Path) -> None:
    """The service exits after their responses; until then it refuses connections."""
    with started(moody, tmp_path / "log") as (process, port), ThreadPoolExecutor(4) as pool:
        ask(port)
        under_way = [pool.submit(ask, port, "POST", "/predict", b'{"text": "sleep:4"}') for _ in range(4)]
        time.sleep(0.5)
        process.terminate()
        until(lambda: not accepts(port))
        assert [False] * 4 == [one.done() for one in under_way]
        assert [200] * 4 == [one.result(SECONDS)[0] for one in under_way]
        assert 0 == process.wait(SECONDS)


def accepts(port: int) -> bool:
    """Return whether the service accepts a connection."""
    try:
        socket.create_connection((HOST, port), timeout=SECONDS).close()
    except OSError:
        return False
    return True


def requests_until_closed(port: int) -> int:
    """Send requests one after the other on a connection until a response closes it; return how many were answered."""
    connection, count = http.client.HTTPConnection(HOST, port, timeout=SECONDS), 0
    while True:
        connection.request("GET", "/health")
        response = connection.getresponse()
        count += response.status == 200
        response.read()
        if response.will_close:
            connection.close()
            return count


def test_sigterm_loses_no_request_of_open_connections(moody: Path, tmp_path: Path) -> None:
    """Each connection gets a last response that says it closes."""
    with started(moody, tmp_path / "log") as (process, port), ThreadPoolExecutor(6) as pool:
        ask(port)
        busy = [pool.submit(requests_until_closed, port) for _ in range(6)]
        time.sleep(0.5)
        process.terminate()
        assert all(one.result(SECONDS) for one in busy)
        assert 0 == process.wait(SECONDS)
