"""HTTP/1.1 as clients on the wire speak it: pipelines, framing, offers of other protocols, and what proxies misread."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Service, serving

BODY = b'{"text":"calm"}'
PING = b"GET /ping HTTP/1.1\r\nhost: x\r\n\r\n"
CHUNKS = b"f\r\n" + BODY + b"\r\n0\r\n\r\n"
LAST = b"GET /ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
PONG, CALM = (200, b"\n"), (200, b'{"prediction":"calm"}')
HTTP_2 = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAA\r\n"  # as Java's HttpClient
WEBSOCKET = b"connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: eA==\r\n"


@pytest.fixture(scope="module", name="service")
def _service(moody: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve the model that does what its input says."""
    with serving(moody, tmp_path_factory.mktemp("http") / "log") as one:
        yield one


def post(fields: bytes, body: bytes = BODY, *, version: bytes = b"1.1", length: bool = True) -> bytes:
    """Return a request to `/predict` with these header fields."""
    framing = b"content-length: %d\r\n" % len(body) if length else b""
    return b"POST /predict HTTP/%b\r\nhost: x\r\n%b%b\r\n%b" % (version, framing, fields, body)


def exchange(service: Service, *parts: bytes) -> list[tuple[int, bytes]]:
    """Send parts as packets of their own, and a last request; return statuses and bodies until the service closes."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        for part in (*parts, LAST):
            connection.sendall(part)
            time.sleep(0.05)
        rest = b"".join(iter(lambda: connection.recv(65536), b""))
    found = []
    while rest:
        header, _, rest = rest.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", header)
        size = int(length[1]) if length else 0
        found.append((int(header.split()[1]), rest[:size]))
        rest = rest[size:]
    return found


def test_pipelined_requests_get_responses_in_their_order(service: Service) -> None:
    """Also if one of them fails."""
    numbers = range(20)
    sent = b"".join(post(b"", b'{"text":"%d"}' % number) + post(b"", b"{") + PING for number in numbers)
    expected = [(200, b'{"prediction":"%d"}' % number) for number in numbers]
    found = exchange(service, sent)
    assert ([400] * 20, [PONG] * 21) == ([status for status, _ in found[1::3]], [*found[2::3], found[-1]])
    assert expected == found[:-1:3]


@pytest.mark.parametrize(
    "parts",
    [
        (post(HTTP_2),),
        tuple(post(HTTP_2).partition(BODY)),
        tuple(post(HTTP_2)[start : start + 25] for start in range(0, 200, 25)),
        (post(HTTP_2 + b"transfer-encoding: chunked\r\n", CHUNKS, length=False),),
    ],
    ids=["whole", "header first", "in pieces", "chunked"],
)
def test_an_offer_of_another_protocol_is_ignored(service: Service, parts: tuple[bytes, ...]) -> None:
    """A request of Java's HttpClient, which offers HTTP/2, keeps its body, and the requests after it are read."""
    assert [CALM, PONG] == exchange(service, *parts)


def test_offers_may_be_repeated(service: Service) -> None:
    """Each of them is ignored, among other requests."""
    offers = post(HTTP_2) + post(HTTP_2, b'{"text":"b"}') + PING + post(WEBSOCKET) + post(b"")
    assert [CALM, (200, b'{"prediction":"b"}'), PONG, CALM, CALM, PONG] == exchange(service, offers)


def test_an_offer_in_a_last_request(service: Service) -> None:
    """The connection closes after the response, as the client asks."""
    assert [CALM] == exchange(service, post(HTTP_2.replace(b"Upgrade, ", b"close, Upgrade, ")))


def test_a_websocket_gets_a_response(service: Service) -> None:
    """It is that of the request without the offer, and the log does not advise to install anything."""
    [(status, _), *others] = exchange(service, b"GET /predict HTTP/1.1\r\nhost: x\r\n" + WEBSOCKET + b"\r\n", PING)
    assert (405, [PONG, PONG]) == (status, others)
    assert "pip install" not in service.log


@pytest.mark.parametrize(
    "sent",
    [
        post(b"transfer-encoding: chunked\r\n", CHUNKS),
        post(HTTP_2 + b"transfer-encoding: chunked\r\n", CHUNKS),
        post(b"content-length: 5\r\n"),
        post(b"content-length: 15, 15\r\n", length=False),
        post(b"content-length: +15\r\n", length=False),
        post(b"content-length: 0xf\r\n", length=False),
        post(b"transfer-encoding: xchunked\r\n", length=False),
        post(b"transfer-encoding: chunked, identity\r\n", CHUNKS, length=False),
        post(b"transfer-encoding : chunked\r\n", CHUNKS, length=False),
        post(b"transfer-encoding: chunked\r\n", b"0xf\r\n" + BODY + b"\r\n0\r\n\r\n", length=False),
        post(b"transfer-encoding: chunked\r\n", b"f\n" + BODY + b"\n0\n\n", length=False),
        post(HTTP_2 + b"transfer-encoding: chunked\r\n", b"z\r\n" + BODY, length=False),
        post(b"x: a\r\n b\r\n"),
        post(b"x: a\rb\r\n"),
        post(b"x: a\0b\r\n"),
        post(b"", version=b"1.2"),
        b"GET /ping HTTP/1.1\nhost: x\n\n",
    ],
)
def test_framing_that_a_proxy_may_read_otherwise_is_refused(service: Service, sent: bytes) -> None:
    """The response is 400, and the connection closes: what follows is not taken for another request."""
    assert [(400, b"Invalid HTTP request received.")] == exchange(service, sent)


def test_http_1_0_gets_a_response_and_a_closed_connection(service: Service) -> None:
    """Old proxies and health checks send it, without a host."""
    assert [PONG] == exchange(service, b"GET /ping HTTP/1.0\r\n\r\n")
    assert [CALM] == exchange(service, post(b"", version=b"1.0"))


def test_a_client_may_wait_before_it_sends_a_body(service: Service) -> None:
    """`Expect: 100-continue`, as curl sends it with large bodies, gets 100 first."""
    assert [(100, b""), CALM, PONG] == exchange(service, *post(b"expect: 100-continue\r\n").partition(BODY))
